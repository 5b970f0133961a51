import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Window } from "happy-dom";
import { AetherError, mountPanel, type Panel, type PanelOptions } from "../index.js";
import { deferred, FakeTauri, settled } from "./fake-tauri.js";

let tauri: FakeTauri;
let page: Window;
let posted: { message: unknown; target: unknown }[];
let errors: AetherError[];

/** The window inside the frame. Only what the page does with it: posting, and being the source of messages. */
let panelWindow: object;

beforeEach(() => {
  page = new Window({ settings: { disableIframePageLoading: true } });
  tauri = new FakeTauri()
    .install(page)
    .answer("panel", () => ({ token: "secret-token", url: "aether-panel://localhost/secret-token/panel.html" }));
  posted = [];
  errors = [];
  panelWindow = { postMessage: (message: unknown, target: unknown) => posted.push({ message, target }) };
});

async function mount(options: PanelOptions = {}): Promise<Panel> {
  const element = page.document.body as unknown as HTMLElement;
  const panel = await mountPanel(element, "notes", { onError: (error) => errors.push(error), ...options });
  Object.defineProperty(panel.frame, "contentWindow", {
    configurable: true,
    get: () => (panel.frame.isConnected ? panelWindow : null),
  });
  return panel;
}

/** What the page hears, from the panel unless another source is given. */
async function say(data: unknown, source: unknown = panelWindow): Promise<void> {
  const event = new page.MessageEvent("message", { data });
  Object.defineProperty(event, "source", { value: source });
  page.dispatchEvent(event);
  await settled();
}

function load(panel: Panel): void {
  panel.frame.dispatchEvent(new page.Event("load") as unknown as Event);
}

const call = (id: number, method = "count") => ({ aether: "call", id, method, input: { a: 1 } });
const messages = () => posted.map(({ message }) => message);

test("the frame is sandboxed, sends no referrer, has a title, and shows the panel", async () => {
  const { frame } = await mount({ title: "Notes" });
  assert.equal(frame.getAttribute("sandbox"), "allow-scripts");
  assert.equal(frame.getAttribute("referrerpolicy"), "no-referrer");
  assert.equal(frame.getAttribute("title"), "Notes");
  assert.equal(frame.getAttribute("src"), "aether-panel://localhost/secret-token/panel.html");
  assert.equal(frame.parentElement, page.document.body as unknown);
  assert.deepEqual(tauri.argsOf("panel"), { name: "notes" });
});

test("the title is the name of the plugin if none is given", async () => {
  assert.equal((await mount()).frame.getAttribute("title"), "notes");
});

test("a panel that is refused leaves nothing on the page", async () => {
  tauri.answer("panel", () => {
    throw { code: "out-of-scope", message: "No.", fix: null };
  });
  await assert.rejects(mount(), { code: "out-of-scope" });
  assert.equal(page.document.querySelector("iframe"), null);
});

test("a call goes to the plugin of the panel, and its answer to the panel only", async () => {
  tauri.answer("panel_call", () => 42);
  await mount();
  await say(call(1));
  const { call: id, ...rest } = tauri.argsOf("panel_call");
  assert.equal(typeof id, "string");
  assert.deepEqual(rest, { token: "secret-token", method: "count", input: { a: 1 } });
  assert.deepEqual(posted, [{ message: { aether: "result", id: 1, value: 42 }, target: "*" }]);
});

test("a call that fails is answered with its code, and told to the app", async () => {
  const fails = (code: string) =>
    tauri.answer("panel_call", () => {
      throw { code, message: "In /home/ada.", fix: "a line of the app's configuration" };
    });
  await mount();
  fails("out-of-scope");
  await say(call(1));
  fails("plugin-error");
  await say(call(2));
  assert.deepEqual(messages(), [
    { aether: "error", id: 1, code: "out-of-scope", message: "the app did not make the call" },
    { aether: "error", id: 2, code: "plugin-error", message: "In /home/ada." },
  ]);
  assert.deepEqual(errors.map((error) => error.message), ["In /home/ada.", "In /home/ada."]);
});

test("a message from another source is not heard", async () => {
  await mount();
  const another = { postMessage: () => assert.fail("answered another window") };
  for (const source of [another, page, null]) {
    await say(call(1), source);
    await say({ aether: "ready" }, source);
  }
  assert.deepEqual(tauri.commands(), ["panel"]);
  assert.deepEqual(posted, []);
});

test("a message without a source is not heard when the frame has no window", async () => {
  const panel = await mount();
  panel.frame.remove();
  await say(call(1), null);
  assert.deepEqual(tauri.commands(), ["panel"]);
});

test("messages of another shape are not heard", async () => {
  const panel = await mount();
  const strange: unknown[] = [
    null,
    "call",
    7,
    [call(1)],
    {},
    { aether: "invoke", id: 1, method: "count", input: 1 },
    { aether: "result", id: 1, value: 1 },
    { ...call(1), id: "1" },
    { ...call(1), id: -1 },
    { ...call(1), id: 0.5 },
    { ...call(1), id: Number.NaN },
    { ...call(1), method: 5 },
    { ...call(1), method: "" },
    { ...call(1), method: ["count"] },
    { ...call(1), method: "m".repeat(257) },
    { ...call(1), method: { toString: () => "count" } },
    { ...call(1), more: 1 },
    { aether: "ready", more: 1 },
    Object.assign([], { aether: "ready" }),
    { aether: "size", height: "300" },
    { aether: "size", height: Number.NaN },
    { aether: "size", height: Number.POSITIVE_INFINITY },
    { aether: "size", height: 300, width: 300 },
  ];
  for (const data of strange) await say(data);
  assert.deepEqual(tauri.commands(), ["panel"]);
  assert.deepEqual(posted, []);
  assert.equal(panel.frame.style.height, "");
});

test("a method of 256 characters is heard", async () => {
  await mount();
  await say(call(1, "m".repeat(256)));
  assert.equal(tauri.argsOf("panel_call")["method"], "m".repeat(256));
});

test("a message cannot choose the plugin, the token or the command", async () => {
  await mount();
  for (const more of [{ name: "bank" }, { plugin: "bank" }, { token: "another" }, { command: "start" }]) {
    await say({ ...call(1), ...more });
  }
  assert.deepEqual(tauri.commands(), ["panel"]);
  await say({ ...call(2, "bank|start"), input: { name: "bank", plugin: "bank", token: "another" } });
  const { call: _, ...rest } = tauri.argsOf("panel_call");
  assert.deepEqual(rest, {
    token: "secret-token",
    method: "bank|start",
    input: { name: "bank", plugin: "bank", token: "another" },
  });
});

test("the token is never told to the panel", async () => {
  tauri.answer("panel_call", () => 1);
  await mount();
  await say({ aether: "ready" });
  await say(call(1));
  assert.equal(posted.length, 2);
  assert.ok(!JSON.stringify(posted).includes("secret-token"));
});

test("the 33rd open call is refused, and there is room again after an answer", async () => {
  const first = deferred<number>();
  let calls = 0;
  tauri.answer("panel_call", () => {
    calls += 1;
    return calls === 1 ? first.promise : deferred().promise;
  });
  await mount();
  for (let id = 1; id <= 33; id += 1) await say(call(id));
  assert.equal(calls, 32);
  assert.deepEqual(messages(), [
    { aether: "error", id: 33, code: "too-many-calls", message: "The panel has 32 calls open already." },
  ]);
  assert.deepEqual(errors.map((error) => error.code), ["too-many-calls"]);
  first.resolve(1);
  await settled();
  await say(call(34));
  assert.equal(calls, 33);
});

test("a second call with the number of an open one is ignored", async () => {
  tauri.answer("panel_call", () => deferred().promise);
  await mount();
  await say(call(1));
  await say(call(1));
  assert.deepEqual(tauri.commands(), ["panel", "panel_call"]);
});

test("a panel that is ready is told the theme, and each change of it", async () => {
  const panel = await mount({ theme: "dark" });
  assert.deepEqual(posted, []);
  await say({ aether: "ready" });
  panel.setTheme("light");
  assert.deepEqual(messages(), [
    { aether: "theme", theme: "dark" },
    { aether: "theme", theme: "light" },
  ]);
});

test("a theme set before the panel is ready is the one it is told", async () => {
  const panel = await mount({ theme: "dark" });
  panel.setTheme("light");
  await say({ aether: "ready" });
  assert.deepEqual(messages().at(-1), { aether: "theme", theme: "light" });
});

for (const [dark, theme] of [[true, "dark"], [false, "light"]] as const) {
  test(`without a theme it is that of the system: ${theme}`, async () => {
    Object.assign(page, { matchMedia: () => ({ matches: dark }) });
    await mount();
    await say({ aether: "ready" });
    assert.deepEqual(messages(), [{ aether: "theme", theme }]);
  });
}

for (const [options, height, shown] of [
  [{}, 300, "300px"],
  [{}, 300.2, "301px"],
  [{}, 0, "40px"],
  [{}, -5, "40px"],
  [{}, 1e9, "2000px"],
  [{ maxHeight: 500 }, 600, "500px"],
] as const) {
  test(`height ${height} with ${JSON.stringify(options)} is shown as ${shown}`, async () => {
    const panel = await mount(options);
    await say({ aether: "size", height });
    assert.equal(panel.frame.style.height, shown);
  });
}

test("close removes frame and listener and ends the panel, once", async () => {
  const listening = new Set<unknown>();
  const { addEventListener, removeEventListener } = page;
  page.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    if (args[0] === "message") listening.add(args[1]);
    addEventListener.apply(page, args);
  };
  page.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    if (args[0] === "message") listening.delete(args[1]);
    removeEventListener.apply(page, args);
  };
  const panel = await mount();
  assert.equal(listening.size, 1);
  await Promise.all([panel.close(), panel.close()]);
  await panel.close();
  assert.equal(listening.size, 0);
  assert.equal(page.document.querySelector("iframe"), null);
  assert.deepEqual(tauri.commands(), ["panel", "close_panel"]);
  assert.deepEqual(tauri.argsOf("close_panel"), { token: "secret-token" });
});

test("a closed panel is not heard, even where its frame still has a window", async () => {
  const panel = await mount();
  await panel.close();
  Object.defineProperty(panel.frame, "contentWindow", { value: panelWindow });
  await say(call(1));
  assert.deepEqual(tauri.commands(), ["panel", "close_panel"]);
});

test("close cancels the open calls, which are neither answered nor reported", async () => {
  tauri.answer("panel_call", () => deferred().promise);
  const panel = await mount();
  await say(call(1));
  await panel.close();
  await settled();
  assert.deepEqual(tauri.argsOf("cancel"), { call: tauri.argsOf("panel_call")["call"] });
  assert.deepEqual(posted, []);
  assert.deepEqual(errors, []);
});

test("close rejects when the app cannot end the panel, and the frame is gone nevertheless", async () => {
  tauri.answer("close_panel", () => {
    throw "aether.close_panel not allowed";
  });
  const panel = await mount();
  await assert.rejects(panel.close(), { code: "not-permitted" });
  assert.equal(page.document.querySelector("iframe"), null);
});

test("a panel that leaves its page is closed, and the app is told", async () => {
  const panel = await mount();
  load(panel);
  assert.ok(panel.frame.isConnected);
  load(panel);
  await settled();
  assert.equal(panel.frame.isConnected, false);
  assert.deepEqual(tauri.commands(), ["panel", "close_panel"]);
  assert.deepEqual(errors.map((error) => error.code), ["panel-left"]);
  await say(call(1));
  assert.deepEqual(tauri.commands(), ["panel", "close_panel"]);
});

test("two panels do not answer for each other", async () => {
  tauri.answer("panel_call", ({ token }) => token);
  await mount();
  const firstWindow = panelWindow;
  const firstPosted = posted;
  posted = [];
  const secondPosted: unknown[] = [];
  panelWindow = { postMessage: (message: unknown) => secondPosted.push(message) };
  const secondWindow = panelWindow;
  tauri.answer("panel", () => ({ token: "second-token", url: "aether-panel://localhost/second-token/panel.html" }));
  const second = await mount();
  Object.defineProperty(second.frame, "contentWindow", { value: secondWindow });
  Object.defineProperty(page.document.querySelector("iframe"), "contentWindow", { value: firstWindow });
  await say(call(1), secondWindow);
  assert.deepEqual(tauri.argsOf("panel_call")["token"], "second-token");
  assert.deepEqual(secondPosted, [{ aether: "result", id: 1, value: "second-token" }]);
  assert.deepEqual(firstPosted, []);
});
