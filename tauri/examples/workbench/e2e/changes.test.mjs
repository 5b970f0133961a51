// What a plugin writes waits, is seen line by line, and is on disk only once somebody applies it.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin, result, run } from "./lib/steps.mjs";

test("changes wait, are applied and discarded", () =>
  withApp("changes", async ({ page, workspace }) => {
    const file = join(workspace, "OUTLINE.md");
    await installSample(page, "outline", { optional: true });

    await write(page);
    assert.equal(existsSync(file), false, "nothing is on disk yet");
    const words = await page.text(at("change"));
    for (const part of [/New/, /\/workspace\/OUTLINE\.md/, /# Outline/, /- \[Welcome\]\(welcome\.md\)/])
      assert.match(words, part);
    await page.press(at("changes-apply"));
    await page.says(at("changes-outcome"), /1 change applied/);
    await page.gone(at("change"));
    const applied = readFileSync(file, "utf8");
    assert.match(applied, /^# Outline\n/);

    // Another note, so that there is something to change.
    writeFileSync(join(workspace, "new.md"), "# Something new\n");
    await write(page);
    assert.match(await page.text(at("change")), /Changed[\s\S]*Something new/);
    await page.press(at("changes-discard"));
    await page.press(at("changes-discard-confirm"));
    await page.says(at("changes-outcome"), /1 change discarded/);
    await page.gone(at("change"));
    assert.equal(readFileSync(file, "utf8"), applied, "the file is as it was");
    assert.deepEqual(await page.host("changes", "outline"), []);
  }));

/** Has the outline written, which starts the plugin, and stops it: then its changes are there to decide on. */
async function write(page) {
  await openPlugin(page, "outline");
  await run(page, "write");
  assert.equal((await result(page)).written, true);
  await page.press(at("stop"));
  await openPlugin(page, "outline", "changes");
  await page.shows(at("change"));
}
