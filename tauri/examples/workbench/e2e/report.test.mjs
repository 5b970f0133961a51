// The report is shown in a frame, lies on disk, and the audit log is as it was written.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin, result, run } from "./lib/steps.mjs";

test("a report is shown and kept, and the audit log is intact", () =>
  withApp("report", async ({ page }) => {
    await installSample(page, "misbehave");
    await openPlugin(page, "misbehave");
    await run(page, "proofread");
    await result(page);

    await page.press(at("nav-interactions"));
    await page.press(at("report"));
    await page.shows(at("report-frame"));
    await page.session.switchTo(at("report-frame"));
    const text = await page.until("the report is drawn", () =>
      page.session.run(() => /security report/i.test(document.body.innerText) && document.body.innerText),
    );
    assert.match(text, /misbehave/);
    const reach = await page.session.run(() => [typeof globalThis.__TAURI__, typeof globalThis.__TAURI_INTERNALS__]);
    assert.deepEqual(reach, ["undefined", "undefined"], "it has no way to the host");
    await page.session.switchTo(null);

    const folder = (await page.text(at("report-folder"))).replace(/^in\s+/, "");
    for (const file of ["report.html", "report.json", "violations.sarif"])
      assert.ok(existsSync(join(folder, file)), `${file} is in ${folder}`);
    await page.press(at("report-close"));
    await page.gone(at("report-frame"));

    await page.press(at("audit-verify"));
    await page.says(at("audit-result"), /The audit log is intact\. \d+ records, all as they were written\./);
  }));
