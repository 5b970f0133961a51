// A panel is shown in its frame, calls its own plugin, and gets nowhere else.

import assert from "node:assert/strict";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { calls, escapes, invokes, leaves, reach, requests } from "./lib/attempts.mjs";
import { countingServer } from "./lib/counting-server.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin } from "./lib/steps.mjs";

const FRAME = `${at("panel-place")} iframe`;

test("a panel reaches its own plugin and nothing else", async () => {
  const server = await countingServer();
  try {
    await withApp("panel", async ({ page }) => {
      await installSample(page, "counter");
      await installSample(page, "outline");
      await showsPanel(page);
      await callsItsOwn(page);
      await isHeld(page, server);
      await outerIsHeld(page, server);
      await cannotLeave(page, server);
      await wouldSucceedElsewhere(page, server);
    });
  } finally {
    server.close();
  }
});

/** The frame of the panel lies in another one, which shows nothing else. */
async function intoPanel(page) {
  await page.session.switchTo(null);
  await page.session.switchTo(FRAME);
  await page.session.switchTo("iframe");
}

async function showsPanel(page) {
  await openPlugin(page, "outline", "panel");
  await page.shows(FRAME);
  await page.until("the panel has drawn what its plugin answered", async () => {
    await intoPanel(page);
    return page.session.run(() => /6 notes, \d+ headings/.test(document.body.innerText));
  });
}

async function callsItsOwn(page) {
  const another = { plugin: "counter", method: "count" };
  const { own, other, named, answers } = await page.session.run(calls, "outline", another);
  assert.match(own, /^answered \[/);
  assert.equal(other, "refused: no-method");
  assert.equal(named, "refused: no-method");
  assert.deepEqual(answers, [], "no message of its own was answered");
  await page.session.switchTo(null);
  const running = (await page.host("metrics")).cells.map((cell) => cell.plugin);
  assert.deepEqual(running, ["outline"], "the other plugin was not even started");
}

async function isHeld(page, server) {
  await intoPanel(page);
  assert.deepEqual(await page.session.run(reach), {
    internals: "undefined",
    tauri: "undefined",
    parentDocument: "throws SecurityError",
    topDocument: "throws SecurityError",
    storage: "throws SecurityError",
    origin: "null",
  });
  for (const [way, outcome] of Object.entries(await page.session.run(requests, server.url)))
    // That a beacon is on its way is said before it is stopped: what counts is that none comes.
    if (way !== "beacon" && way !== "frame") assert.match(outcome, /^failed/, way);
  assert.match(await page.session.run(invokes), /^failed/);
  const { open, top, parent } = await page.session.run(escapes, server.url);
  assert.match(open, /^null$|^throws/);
  assert.match(top, /^throws/);
  assert.match(parent, /^throws/);

  await page.session.switchTo(null);
  assert.match(await page.session.get("url"), /^tauri:\/\/localhost/, "the window shows the app");
  const counter = (await page.host("list")).find(({ name }) => name === "counter");
  assert.equal(counter.enabled, true, "no command was obeyed");
  assert.deepEqual(server.seen, []);
}

/** The frame around the panel is the app's, and has as little. */
async function outerIsHeld(page, server) {
  await page.session.switchTo(null);
  await page.session.switchTo(FRAME);
  const { internals, tauri, parentDocument } = await page.session.run(reach);
  assert.deepEqual([internals, tauri, parentDocument], ["undefined", "undefined", "throws SecurityError"]);
  await page.session.run(requests, server.url);
  assert.deepEqual(server.seen, []);
}

async function cannotLeave(page, server) {
  await intoPanel(page);
  await page.session.run(leaves, server.url);
  await page.until("the frame has been led away, or stays", async () => {
    await intoPanel(page);
    return page.session.run(() => document.readyState === "complete");
  });
  await page.session.switchTo(null);
  assert.match(await page.session.get("url"), /^tauri:\/\/localhost/);
}

/**
 * The same where nothing holds it but the sandbox, by the same web view: what came of it shows that each of
 * these attempts means something, and what was still on its way from the panel has come by then.
 */
async function wouldSucceedElsewhere(page, server) {
  assert.deepEqual(server.seen, [], "nothing has come from the panel");
  const { session } = page;
  await session.run((url) => void (location.href = `${url}/outside`), server.url);
  await page.until("the other page is there", async () => (await session.get("url")) === `${server.url}/outside`);
  await page.until("its frame is there", async () => {
    await session.switchTo(null);
    await session.switchTo("iframe");
    return session.run(() => document.title === "inside");
  });
  const { fetch, image } = await session.run(requests, server.url);
  assert.deepEqual([fetch, image], ["reached: <!doctype html>reached", "failed"]);
  await session.run(leaves, server.url);
  const ways = ["fetch", "blind", "beacon", "image", "script", "style", "frame", "events", "module", "?leak"];
  const missing = () => ways.filter((way) => !server.seen.includes(`/${way}`));
  await page.until("all of it arrives", () => missing().length === 0).catch(() => {});
  assert.deepEqual(missing(), []);
}
