// The window is the app's: a panel that fills it is thrown out, and can do nothing before that.

import assert from "node:assert/strict";
import { test } from "node:test";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin } from "./lib/steps.mjs";

const FRAME = `${at("panel-place")} iframe`;

test("a page that fills the window with a panel's address is thrown out", () =>
  withApp("window", async ({ page }) => {
    await installSample(page, "outline");
    await openPlugin(page, "outline", "panel");
    await page.shows(FRAME);
    const address = await page.session.run((frame) => document.querySelector(frame).src, FRAME);
    assert.match(address, /^aether-panel:\/\/localhost\/[0-9a-f]{32}\//);

    await page.session.run((address) => void (location.href = address), address);
    const where = await page.until("the window has left the app's page, and the panel's", async () => {
      const url = await page.session.get("url");
      return url === "about:blank" && url;
    });
    assert.equal(where, "about:blank");
    assert.match(await page.session.run(invoke), /^no way|^refused/);
  }));

/** Tries to have the host do something, by whatever is there. */
async function invoke() {
  const internals = globalThis.__TAURI_INTERNALS__;
  if (!internals) return "no way";
  const late = new Promise((resolve) => setTimeout(() => resolve("refused: no answer"), 3000));
  const asked = internals.invoke("plugin:aether|list", {}).then(
    (value) => `answered: ${JSON.stringify(value)}`,
    (error) => `refused: ${JSON.stringify(error)}`,
  );
  return Promise.race([asked, late]);
}
