// Takes the pictures for the documentation, in the real window. `e2e/run pictures` calls it.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { withApp } from "./lib/app.mjs";
import { at } from "./lib/page.mjs";
import { installSample, openPlugin, result, run, start } from "./lib/steps.mjs";

const FOLDER = fileURLToPath(new URL("../../../../docs/pictures/", import.meta.url));
const THEMES = ["light", "dark"];
/** Samples, one a second, that a line in the task manager has before it is worth a picture. */
const SAMPLES = 24;
/** The pointer goes where nothing answers to it. It comes from elsewhere: one that stands still is not noticed. */
const ASIDE = {
  type: "pointer",
  id: "mouse",
  actions: [300, 500].map((y) => ({ type: "pointerMove", duration: 0, origin: "viewport", x: 100, y })),
};

await withApp("pictures", async ({ page, data }) => {
  await size(page, 1180, 780);
  await installs(page, data);
  await runs(page);
  await misbehaves(page);
});

/** Makes the page so large, whatever the window's frame takes. */
async function size(page, width, height) {
  await page.session.post("window/rect", { width, height });
  const inner = () => page.session.run(() => [innerWidth, innerHeight]);
  const [has, high] = await inner();
  await page.session.post("window/rect", { width: 2 * width - has, height: 2 * height - high });
  await page.until("the window has its size", async () => (await inner()).join() === [width, height].join());
}

async function installs(page, data) {
  await installSample(page, "palette");
  await installSample(page, "counter");
  await installSample(page, "misbehave");
  await page.press(at("install-outline"));
  await page.shows(at("sheet"));
  await page.session.run(asAtHome, data);
  await take(page, "install");
  await page.press(at("sheet-refuse"));
  await installSample(page, "outline", { optional: true });
}

async function runs(page) {
  for (const name of ["palette", "counter", "outline"]) await start(page, name);
  await busy(page);
  await page.until("there is a line to see", () =>
    page.session.run(async (least) => {
      const { store } = await import(new URL("js/store.js", location.href).href);
      return store.series.get("outline")?.memory.length >= least;
    }, SAMPLES),
  );
  await page.go("#/tasks");
  await page.press(`${at("task-row-outline")} td`);
  await take(page, "tasks");
  await page.go("#/gallery");
  await page.shows(at("stop-outline"));
  await take(page, "gallery");
  await openPlugin(page, "outline", "panel");
  await take(page, "panel", (theme) => panelIsDrawn(page, theme));
}

async function panelIsDrawn(page, theme) {
  await page.until("the panel is drawn", async () => {
    await page.session.switchTo(null);
    await page.session.switchTo(`${at("panel-place")} iframe`);
    await page.session.switchTo("iframe");
    return page.session.run(
      (theme) => document.documentElement.dataset.theme === theme && /\d headings/.test(document.body.innerText),
      theme,
    );
  });
  await page.session.switchTo(null);
}

/** Has two plugins work now and then, for as long as the page is there. */
function busy(page) {
  return page.session.run(() => {
    const { aether } = globalThis.__TAURI__;
    const often = (every, call) => setInterval(() => call().catch(() => {}), every);
    often(250, () => aether.call("outline", "outline", {}));
    often(700, () => aether.call("counter", "count", {}));
    often(1300, () => aether.call("palette", "run", { args: ["#08666d"] }));
  });
}

async function misbehaves(page) {
  await openPlugin(page, "misbehave");
  await run(page, "proofread");
  await result(page);
  await page.press(at("nav-violations"));
  await page.shows(at("violation-row"));
  await page.press(at("filter-refused"));
  await take(page, "violations");
  await page.host("stop", "misbehave");
  await page.press(at("nav-interactions"));
  await page.shows(".diagram-frame svg");
  await take(page, "interactions");
}

/** Shows the folder of this run as that of a person. Runs in the page. */
function asAtHome(data) {
  const texts = document.createTreeWalker(document.querySelector("dialog"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) texts.currentNode.data = texts.currentNode.data.replaceAll(data, "/home/you/.local/share");
}

/** The window in both themes, without notes that happen to be there. `ready` waits for what takes the theme late. */
async function take(page, name, ready) {
  mkdirSync(FOLDER, { recursive: true });
  for (const theme of THEMES) {
    await page.session.run((theme) => {
      document.getElementById("toasts").replaceChildren();
      if (!document.querySelector("dialog[open]")) document.activeElement?.blur();
      // Without a pointer, which could not reach it behind a dialog.
      const is = document.documentElement.dataset.theme ?? "light";
      if (is !== theme) document.querySelector('[data-test="theme"]').click();
    }, theme);
    await page.session.post("actions", { actions: [ASIDE] });
    await ready?.(theme);
    await frames(page);
    writeFileSync(join(FOLDER, `tauri-${name}-${theme}.png`), await page.session.picture());
  }
}

/** Two frames: the first may still show what was there before. */
function frames(page) {
  return page.session.run(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
}
