// The life of two plugins: installed after a look at what they ask for, run, watched, ended, and gone.

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { answerSheet, installSample, openPlugin, optionalRights, result, run, start } from "./lib/steps.mjs";

const ENTER = "\uE007";

test("a plugin is installed after consent, run, watched and uninstalled", () =>
  withApp("life", async ({ page, workspace }) => {
    await consent(page);
    await start(page, "outline");
    await streams(page);
    await isWatched(page, "outline", workspace);
    await uninstall(page, "outline");
  }));

test("a plugin that misbehaves is seen, ended and uninstalled", () =>
  withApp("misbehave", async ({ page }) => {
    await installSample(page, "misbehave");
    await start(page, "misbehave");
    await run(page, "proofread");
    assert.equal((await result(page)).notes, 6, "it does what it says, too");
    await violations(page);
    await endFromTasks(page, "misbehave");
    await uninstall(page, "misbehave");
  }));

async function consent(page) {
  await page.press(at("install-outline"));
  const words = await page.says(at("sheet"), /Install\s+outline/);
  for (const part of [
    /It can read files/,
    /It can change files .* once you apply its changes/,
    /filesystem\.write \.\/OUTLINE\.md/,
    /unsigned: nobody vouches for it/,
    /You would grant 1 right\./,
  ])
    assert.match(words, part);
  const [write, ...more] = await optionalRights(page);
  assert.deepEqual(more, []);
  assert.equal(await page.session.run((one) => document.querySelector(one).checked, write), false);
  assert.ok(await page.hasFocus(at("sheet-refuse")), "the way out has the focus");

  await page.session.keys(ENTER);
  await page.gone(at("sheet"));
  assert.deepEqual(await page.host("list"), [], "refused is not installed");

  await page.press(at("install-outline"));
  await answerSheet(page);
  await page.shows(at("card-outline"));
  const [{ current }] = await page.host("list");
  assert.deepEqual(current.refused, [{ permission: "filesystem.write", resource: "./OUTLINE.md" }]);
}

async function streams(page) {
  await run(page, "outline");
  const totals = await result(page);
  assert.equal(totals.notes, 6);
  const pieces = await page.session.run(() =>
    [...document.querySelectorAll('[data-test="pieces"] li')].map((node) => JSON.parse(node.innerText)),
  );
  assert.equal(pieces.length, totals.notes, "a piece for each note");
  assert.ok(pieces.some(({ file, words }) => file === "welcome.md" && words > 0));
}

/** Memory and processor time of a plugin that has work are shown, and move. */
async function isWatched(page, name, workspace) {
  await page.go("#/tasks");
  await page.shows(at(`task-row-${name}`));
  // Calls one after the other, so that there is something to see.
  await page.session.run((name) => {
    globalThis.keepBusy = true;
    (async () => {
      while (globalThis.keepBusy) await globalThis.__TAURI__.aether.call(name, "outline", {});
    })().catch((error) => (globalThis.keepBusy = error.message));
  }, name);
  const figure = async (kind) => Number.parseFloat(await page.text(`${at(`task-row-${name}`)} .col-${kind}`));
  const before = await page.until("it takes memory", () => figure("memory"));
  const cores = new Set();
  await page.until("its CPU is above nothing and changes", async () => {
    const now = await figure("cores");
    return now > 0 && cores.add(now).size > 1;
  });
  // The same calls need the same memory: a note so large needs more.
  writeFileSync(join(workspace, "large.md"), `# Large\n${"many words ".repeat(100)}\n`.repeat(1000));
  await page.until(`its memory is not ${before} MB any more`, async () => (await figure("memory")) > before);
  assert.equal(await page.session.run(() => globalThis.keepBusy), true, "the calls went on");
  await page.session.run(() => (globalThis.keepBusy = false));
}

async function violations(page) {
  await page.press(at("nav-violations"));
  const row = `${at("violation-row")}[data-plugin="misbehave"]`;
  await page.shows(row);
  const words = await page.until("each attempt is listed", async () => {
    const all = await page.text("main");
    return ["/etc/passwd", "drop.example.net", "AWS_SECRET_ACCESS_KEY"].every((one) => all.includes(one)) && all;
  });
  assert.ok(
    words.includes('"permissions": { "filesystem": { "read": ["./**/*.md", "/etc/passwd"] } }'),
    `the line of the manifest is there: ${words}`,
  );
  assert.match(words, /Reading \/etc\/passwd is not granted/);
}

async function endFromTasks(page, name) {
  await page.press(at("nav-tasks"));
  // A row is not interactable for the driver: its cell is.
  await page.press(`${at(`task-row-${name}`)} td`);
  await page.until("it is chosen", () =>
    page.session.run((row) => document.querySelector(row)?.ariaSelected === "true", at(`task-row-${name}`)),
  );
  await page.press(at("task-end"));
  await page.gone(at(`task-row-${name}`));
  await page.until("nothing runs", async () => (await page.host("metrics")).cells.length === 0);
}

async function uninstall(page, name) {
  await openPlugin(page, name);
  await page.press(at("uninstall"));
  await page.shows(at("uninstall-confirm"));
  assert.equal((await page.host("list")).length, 1, "nothing is gone before it is confirmed");
  await page.press(at("uninstall-confirm"));
  await page.says("main", /Nothing is installed yet/);
  assert.deepEqual(await page.host("list"), []);
  assert.deepEqual((await page.host("metrics")).cells, [], "it does not run any more");
}
