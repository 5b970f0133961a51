// A plugin that takes too much is ended, a plain sentence says so, and the app goes on.

import assert from "node:assert/strict";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin, result, run } from "./lib/steps.mjs";

const OUTCOME = `.outcome ${at("error")}`;

test("a plugin that reaches a limit is ended, and the app goes on", () =>
  withApp("limits", async ({ page }) => {
    await installSample(page, "misbehave");
    await openPlugin(page, "misbehave");

    await run(page, "greedy");
    await page.says(OUTCOME, /^It reached its memory limit of 32 MB\n/);
    await page.says("#toasts", /misbehave has ended: it reached its memory limit of 32 MB/);

    await runOnceRested(page, "spin");
    await page.says(OUTCOME, /^It reached its time limit of 5s\n/);
    await page.says("#toasts", /misbehave has ended: it reached its time limit of 5s/);

    await runOnceRested(page, "proofread");
    assert.equal((await result(page)).notes, 6);
  }));

/** A plugin that has failed rests for a moment, and the page tells when that is over. */
async function runOnceRested(page, method) {
  await page.gone(".banners .notice");
  await run(page, method);
}
