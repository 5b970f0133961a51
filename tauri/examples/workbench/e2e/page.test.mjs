// A page that is left or that dies takes what it began along, and neither the app nor its plugins.

import assert from "node:assert/strict";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { descendants, kill, living } from "./lib/processes.mjs";
import { installSample, start } from "./lib/steps.mjs";
import { pause, until } from "./lib/until.mjs";

const AFTER_MS = 2000;

/** Begins the counter's slow call, and waits for nothing but that it runs. */
async function beginSlowCall(page) {
  await installSample(page, "counter");
  await start(page, "counter");
  await page.session.run(() => {
    void window.__TAURI__.aether.call("counter", "watch", { seconds: 45 }).catch(() => {});
  });
  await page.until("the call runs", async () => (await openCalls(page)) === 1);
}

async function openCalls(page) {
  const { cells } = await page.host("metrics");
  return cells.reduce((sum, cell) => sum + cell.openCalls, 0);
}

test("what a page began ends when it is loaded again", () =>
  withApp("reload", async ({ page }) => {
    await beginSlowCall(page);
    await page.session.run(() => {
      globalThis.isOld = true;
      location.reload();
    });
    await page.until("the page is another", () =>
      page.session.run(() => !globalThis.isOld && Boolean(globalThis.__TAURI__?.aether)),
    );
    await page.until("the call is cancelled", async () => (await openCalls(page)) === 0);
    const { cells } = await page.host("metrics");
    assert.equal(cells.length, 1, "its plugin runs on");
  }));

test("a page that dies takes neither the app nor its plugins along", () =>
  withApp("page-dies", async ({ page, pid }) => {
    await installSample(page, "counter");
    const before = descendants(pid);
    await start(page, "counter");
    const plugin = descendants(pid).filter((one) => before.every((other) => other.pid !== one.pid));
    const pages = before.filter((one) => one.name.startsWith("WebKitWebProces"));
    assert.ok(plugin.length > 0 && pages.length > 0, JSON.stringify({ plugin, pages }));
    kill(pages);
    await until("the page's process is gone", () => living(pages).length === 0);
    // What would take the others along has had its time.
    await pause(AFTER_MS);
    assert.doesNotThrow(() => process.kill(pid, 0), "the app lives");
    assert.deepEqual(living(plugin), plugin, "and so does its plugin");
  }));
