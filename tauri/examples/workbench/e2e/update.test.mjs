// A second version asks for more: what it changes is shown, and it comes only if somebody agrees.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

import { PLUGINS, withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { answerSheet, installSample, openPlugin, optionalRights, reviewPath, start } from "./lib/steps.mjs";

const SECOND = join(PLUGINS, "outline-2");

test("an update shows what it changes, and is refused or accepted", () =>
  withApp("update", async ({ page }) => {
    await page.shows(at("sample-outline"));
    assert.equal(await page.isShown(at("sample-update-outline")), false, "there is nothing to update");
    await installSample(page, "outline", { optional: true });
    await start(page, "outline");

    await reviewPath(page, SECOND);
    await showsDifference(page);
    await page.press(at("sheet-refuse"));
    await page.gone(at("sheet"));
    assert.equal((await outline(page)).current.version, "1.0.0", "the old one stays");
    await page.says(at("card-outline"), /1\.0\.0/);

    await page.says(at("install-update-outline"), /Update/);
    await reviewPath(page, SECOND);
    await answerSheet(page, { optional: true });
    await page.says(at("card-outline"), /2\.0\.0/);
    const { current, running } = await outline(page);
    assert.equal(current.version, "2.0.0");
    assert.deepEqual(current.granted.map((right) => right.permission).sort(), [
      "filesystem.read",
      "filesystem.write",
      "network.domains",
    ]);
    await page.gone(at("install-update-outline"));

    assert.ok(running, "the old one runs on until it is started again");
    await openPlugin(page, "outline");
    await page.press(at("restart"));
    await page.shows(at("method-links"));
    await keepsWhatWasGranted(page);
  }));

/** The same once more: what is granted is offered as granted, so that agreeing takes nothing away. */
async function keepsWhatWasGranted(page) {
  await reviewPath(page, SECOND);
  const checked = await page.session.run(
    (all) => all.map((one) => document.querySelector(one).checked),
    await optionalRights(page),
  );
  assert.deepEqual(checked, [true, true]);
  await page.press(at("sheet-refuse"));
}

async function showsDifference(page) {
  const words = await page.says(at("difference"), /What the update changes/);
  for (const part of [
    /It asks for more than you have granted/,
    /\+ new\s+Connect to example\.com/,
    /± wider\s+Change files \.\/\s+before: \.\/OUTLINE\.md/,
    /1 file added/,
  ])
    assert.match(words, part);
  assert.ok(await page.hasFocus(at("sheet-refuse")), "the way out has the focus");
  assert.match(await page.text(`${at("sheet")} .sheet-under`), /1\.0\.0\s*2\.0\.0/);
}

async function outline(page) {
  return (await page.host("list")).find(({ name }) => name === "outline");
}
