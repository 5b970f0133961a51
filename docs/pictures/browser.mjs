#!/usr/bin/env node
// Takes pictures of a page in a headless Chromium. Only maintainers need it; scripts/pictures calls it.
//
//   docs/pictures/browser.mjs PAGE.html OUT.png --width 820 --theme dark --no-script --height 1600
//
// Without --height the whole page is taken; with --from and --to what is between the beginning of one
// element and the end of another. Says what it finds wrong: what is wider than the window, and texts
// that stand out too little from what is behind them.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    width: { type: "string", default: "1440" },
    height: { type: "string" },
    theme: { type: "string", default: "light" },
    "no-script": { type: "boolean", default: false },
    scale: { type: "string", default: "1" },
    from: { type: "string" },
    to: { type: "string" },
  },
});
const [page, out] = positionals;

/** Around a part of a page. */
const MARGIN = 12;

const home = mkdtempSync(join(tmpdir(), "aether-picture-"));
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe"];
const browser = spawn("chromium", [...flags, `--user-data-dir=${home}`, "about:blank"], {
  stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
});

// The browser's own protocol: JSON messages, each ended by a zero byte.
const waiting = new Map();
let number = 0, session, rest = "", loaded;
const hasLoaded = new Promise((done) => { loaded = done; });
browser.stdio[4].setEncoding("utf8").on("data", (text) => {
  const parts = (rest + text).split("\0");
  rest = parts.pop();
  for (const message of parts.map((part) => JSON.parse(part))) {
    if (message.method === "Page.loadEventFired") loaded();
    const told = waiting.get(message.id);
    if (message.error) told.failed(new Error(message.error.message));
    else told?.done(message.result);
  }
});
const say = (method, params = {}) => new Promise((done, failed) => {
  waiting.set(++number, { done, failed });
  browser.stdio[3].write(JSON.stringify({ id: number, sessionId: session, method, params }) + "\0");
});

/** Runs in the page. */
function look() {
  const found = [];
  const name = (each) => each.tagName.toLowerCase() + (each.getAttribute("class") ? "." + each.getAttribute("class").replaceAll(" ", ".") : "");
  const all = [...document.querySelectorAll("body *")];
  const isHidden = (each) => !each.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })
    || each.closest(".unseen, caption, .skip") || !each.getBoundingClientRect().width;
  const scrolls = (each) => { for (let up = each; up; up = up.parentElement) if (getComputedStyle(up).overflowX !== "visible") return true; return false; };
  for (const each of all) {
    if (!isHidden(each) && !scrolls(each) && each.getBoundingClientRect().right > innerWidth + 1) found.push("too wide: " + name(each));
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
  // Contrast, by the rules of WCAG: 4.5 for text, 3 for large text.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const over = (top, ground) => top.slice(0, 3).map((part, at) => part * top[3] / 255 + ground[at] * (1 - top[3] / 255));
  const ground = (each) => {
    const layers = [];
    for (let up = each; up; up = up.parentElement) layers.push(rgba(getComputedStyle(up).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
  };
  const light = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const weak = new Map();
  for (const each of all) {
    const text = [...each.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!text || isHidden(each)) continue;
    const style = getComputedStyle(each), behind = ground(each);
    const ink = over(rgba(each instanceof SVGElement ? style.fill : style.color), behind);
    const [high, low] = [light(ink), light(behind)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05), size = parseFloat(style.fontSize);
    const wanted = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    if (ratio < wanted) weak.set(name(each), ratio);
  }
  for (const [each, ratio] of weak) found.push(`contrast ${ratio.toFixed(2)}: ${each}`);
  return { found: [...new Set(found)], height: Math.ceil(document.documentElement.scrollHeight) };
}

try {
  const { targetId } = await say("Target.createTarget", { url: "about:blank" });
  ({ sessionId: session } = await say("Target.attachToTarget", { targetId, flatten: true }));
  const [width, scale] = [Number(values.width), Number(values.scale)];
  const metrics = (height) => say("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: scale, mobile: false });
  await metrics(Number(values.height ?? 900));
  await say("Emulation.setEmulatedMedia", { features: [
    { name: "prefers-color-scheme", value: values.theme }, { name: "prefers-reduced-motion", value: "reduce" },
  ] });
  await say("Emulation.setScriptExecutionDisabled", { value: values["no-script"] });
  await say("Page.enable");
  await say("Page.navigate", { url: /^https?:/.test(page) ? page : pathToFileURL(resolve(page)).href });
  await hasLoaded;
  const { result } = await say("Runtime.evaluate", { expression: `(${look})()`, returnByValue: true });
  for (const each of result.value?.found ?? []) console.error(`${page} at ${width}, ${values.theme}: ${each}`);
  await metrics(Number(values.height ?? result.value.height));
  const at = async (selector, edge) => {
    const expression = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().${edge} + scrollY`;
    return (await say("Runtime.evaluate", { expression, returnByValue: true })).result.value;
  };
  const y = values.from ? await at(values.from, "top") - MARGIN : 0;
  const end = values.to ? await at(values.to, "bottom") + MARGIN : Number(values.height ?? result.value.height);
  const clip = { x: 0, y, width, height: end - y, scale: 1 };
  const { data } = await say("Page.captureScreenshot", { format: "png", clip });
  writeFileSync(out, Buffer.from(data, "base64"));
  await say("Browser.close").catch(() => {});
} finally {
  browser.kill();
  await new Promise((done) => browser.once("exit", done));
  rmSync(home, { recursive: true, force: true, maxRetries: 5 });
}
