// What docs/tauri.md has a reader build does what it says there.

import assert from "node:assert/strict";
import { test } from "node:test";

import { HELLO, TEN_MINUTES, shows, withApp } from "./lib/app.mjs";

test("the app of ten minutes installs, asks, runs and removes", () =>
  withApp(
    "ten-minutes",
    async ({ page }) => {
      await install(page, { ticks: false, presses: "no" });
      assert.equal(await plugins(page), 0, "a person said no");

      await install(page, { ticks: false, presses: "yes" });
      await page.until("it is listed", async () => (await plugins(page)) === 1);
      await press(page, "Run");
      await shows(page, '"Hello, stranger! (ERR_ACCESS_DENIED)"');
      await press(page, "Remove");
      await page.until("it is gone", async () => (await plugins(page)) === 0);

      await install(page, { ticks: true, presses: "yes" });
      await page.until("it is listed", async () => (await plugins(page)) === 1);
      await press(page, "Run");
      // By the name that this machine's environment has, if it has one.
      await page.until("it greets by name", async () =>
        /^"Hello, (?!stranger)[^(]+!"$/.test(await page.text("#result")),
      );
    },
    TEN_MINUTES,
  ));

/** Names the plugin's folder, and answers what is asked then. */
async function install(page, { ticks, presses }) {
  await page.session.run((folder) => {
    document.getElementById("folder").value = folder;
    document.getElementById("install").requestSubmit();
  }, HELLO);
  await page.until("it is asked", () => page.session.run(() => document.getElementById("dialog").open));
  await page.session.run(
    (ticks, presses) => {
      for (const box of document.querySelectorAll("#rights input:not(:disabled)")) box.checked = ticks;
      document.querySelector(`#dialog button[value="${presses}"]`).click();
    },
    ticks,
    presses,
  );
  await page.until("it is answered", () => page.session.run(() => !document.getElementById("dialog").open));
}

function plugins(page) {
  return page.session.run(() => document.querySelectorAll("#plugins li").length);
}

function press(page, words) {
  return page.session.run((words) => {
    const all = [...document.querySelectorAll("#plugins button")];
    all.find((button) => button.textContent === words).click();
  }, words);
}
