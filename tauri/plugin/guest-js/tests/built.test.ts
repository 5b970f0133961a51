// Tests the two committed scripts as they are: what the Rust crate includes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import * as api from "../index.js";
import type { AetherPanel } from "../panel-messages.js";
import { settled } from "./fake-tauri.js";

const apiScript = readFileSync("api-iife.js", "utf8");
const panelScript = readFileSync("panel-js/aether-panel.js", "utf8");

/** A page's globals with the given ones, in which a script is run. */
function run(script: string, globals: Record<string, unknown>): Record<string, unknown> {
  const page: Record<string, unknown> = { crypto, AbortController, ...globals };
  page["window"] = page;
  runInContext(script, createContext(page));
  return page;
}

function hostCore() {
  const invoked: unknown[] = [];
  class Channel {
    onmessage = () => {};
  }
  const invoke = async (command: string, args: unknown) => {
    invoked.push([command, args]);
    return 1;
  };
  return { invoked, Channel, core: { invoke, Channel } };
}

test("api-iife.js puts every function into window.__TAURI__.aether", () => {
  const tauri: Record<string, unknown> = { core: hostCore().core };
  run(apiScript, { __TAURI__: tauri });
  assert.deepEqual(Object.keys(tauri["aether"] as object).sort(), Object.keys(api).sort());
});

test("api-iife.js uses the page's own invoke and Channel", async () => {
  const { core, invoked, Channel } = hostCore();
  const tauri: Record<string, unknown> = { core };
  run(apiScript, { __TAURI__: tauri });
  await (tauri["aether"] as typeof api).watch({}, () => {});
  const [command, args] = invoked[0] as [string, { onEvent: unknown }];
  assert.equal(command, "plugin:aether|watch");
  assert.ok(args.onEvent instanceof Channel);
  assert.ok(!apiScript.includes("__TAURI_INTERNALS__"));
});

test("api-iife.js does nothing without __TAURI__", () => {
  assert.equal(run(apiScript, {})["__TAURI_PLUGIN_AETHER__"], undefined);
});

/** A panel that has loaded its script, and the page around it. */
function openPanel(dark = false) {
  const heard: unknown[] = [];
  const parent = { postMessage: (message: unknown, target: unknown) => heard.push([message, target]) };
  const root = { dataset: {} as Record<string, string>, getBoundingClientRect: () => ({ height: 123.4 }) };
  let hear: (event: { source: unknown; data: unknown }) => void = () => {};
  let resized = () => {};
  const page = run(panelScript, {
    parent,
    document: { documentElement: root },
    matchMedia: () => ({ matches: dark }),
    addEventListener: (_: string, listener: typeof hear) => (hear = listener),
    ResizeObserver: class {
      constructor(callback: () => void) {
        resized = callback;
      }
      observe() {}
    },
  });
  return {
    aether: page["aether"] as AetherPanel,
    page,
    root,
    heard: () => heard.map((one) => plain(one)),
    say: (data: unknown, source: unknown = parent) => hear({ source, data }),
    resized: () => resized(),
  };
}

/** Values of another context have other prototypes; a copy compares as one of here. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test("a panel says that it is ready, and its height at each change", () => {
  const panel = openPanel();
  panel.resized();
  assert.deepEqual(panel.heard(), [
    [{ aether: "ready" }, "*"],
    [{ aether: "size", height: 124 }, "*"],
  ]);
});

test("a call of a panel resolves with its own answer", async () => {
  const panel = openPanel();
  const first = panel.aether.call("a", { x: 1 });
  const second = panel.aether.call("b");
  assert.deepEqual(panel.heard().slice(1), [
    [{ aether: "call", id: 1, method: "a", input: { x: 1 } }, "*"],
    [{ aether: "call", id: 2, method: "b", input: null }, "*"],
  ]);
  panel.say({ aether: "result", id: 2, value: "two" });
  panel.say({ aether: "result", id: 1, value: "one" });
  assert.deepEqual([await first, await second], ["one", "two"]);
});

test("a call of a panel rejects with code and message", async () => {
  const panel = openPanel();
  const call = panel.aether.call("a");
  panel.say({ aether: "error", id: 1, code: "out-of-scope", message: "No." });
  await assert.rejects(call, { code: "out-of-scope", message: "No." });
});

test("a panel hears its page only", async () => {
  const panel = openPanel();
  const call = panel.aether.call("a");
  panel.say({ aether: "result", id: 1, value: "forged" }, {});
  panel.say({ aether: "theme", theme: "dark" }, null);
  await settled();
  panel.say({ aether: "result", id: 1, value: "true" });
  assert.equal(await call, "true");
  assert.equal(panel.aether.theme, "light");
});

test("a panel ignores messages of another shape", () => {
  const panel = openPanel();
  for (const data of [null, "theme", {}, { aether: "theme", theme: "red" }, { aether: "error", id: 1 }, { aether: "result" }]) {
    panel.say(data);
  }
  assert.equal(panel.aether.theme, "light");
});

test("a call that the page would not read rejects at once", async () => {
  const panel = openPanel();
  for (const method of ["", "m".repeat(257), 5 as unknown as string]) {
    await assert.rejects(panel.aether.call(method), { code: "bad-method" });
  }
  assert.equal(panel.heard().length, 1);
});

test("the theme starts as that of the system, and follows the page", () => {
  const panel = openPanel(true);
  assert.equal(panel.aether.theme, "dark");
  assert.equal(panel.root.dataset["theme"], "dark");
  const seen: string[] = [];
  const end = panel.aether.onTheme((theme) => seen.push(theme));
  panel.say({ aether: "theme", theme: "dark" });
  panel.say({ aether: "theme", theme: "light" });
  assert.equal(panel.root.dataset["theme"], "light");
  end();
  panel.say({ aether: "theme", theme: "dark" });
  assert.deepEqual(seen, ["light"]);
  assert.equal(panel.aether.theme, "dark");
});

test("a script of a panel cannot replace window.aether", () => {
  const { page, aether } = openPanel();
  assert.throws(() => {
    "use strict";
    page["aether"] = {};
  }, TypeError);
  assert.equal(page["aether"], aether);
  assert.ok(Object.isFrozen(aether));
});
