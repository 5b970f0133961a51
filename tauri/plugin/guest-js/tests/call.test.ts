import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { AetherError, call, panelCall, type Progress } from "../index.js";
import { deferred, FakeTauri, settled } from "./fake-tauri.js";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
let tauri: FakeTauri;

beforeEach(() => {
  tauri = new FakeTauri().install();
});

/** A signal that counts who listens to it. */
function countingSignal() {
  const controller = new AbortController();
  const { signal } = controller;
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  return { controller, signal, listeners: () => listeners };
}

function isCancelled(error: unknown): boolean {
  return error instanceof AetherError && error.code === "cancelled";
}

test("a plain call sends its parts, a fresh id, and no channel", async () => {
  tauri.answer("call", () => ({ hits: 2 }));
  assert.deepEqual(await call("notes", "search", { text: "x" }), { hits: 2 });
  const { call: id, ...rest } = tauri.argsOf("call");
  assert.match(String(id), uuid);
  assert.deepEqual(rest, { name: "notes", method: "search", input: { text: "x" } });
});

test("two calls have two ids", async () => {
  await call("notes", "search");
  await call("notes", "search");
  const ids = tauri.invoked.map(({ args }) => args["call"]);
  assert.notEqual(ids[0], ids[1]);
});

test("input that is not given is null, and input that is false stays", async () => {
  await call("notes", "a");
  assert.equal(tauri.invoked[0]?.args["input"], null);
  await call("notes", "a", false);
  assert.equal(tauri.invoked[1]?.args["input"], false);
});

test("a limit is sent", async () => {
  await call("notes", "a", null, { limitMs: 500 });
  assert.equal(tauri.argsOf("call")["limitMs"], 500);
});

test("pieces and progress reach their handlers in order", async () => {
  const answer = deferred<string>();
  tauri.answer("call", () => answer.promise);
  const pieces: unknown[] = [];
  const steps: Progress[] = [];
  const running = call("notes", "a", null, {
    onPiece: (piece) => pieces.push(piece),
    onProgress: (step) => steps.push(step),
  });
  tauri.deliver(
    tauri.argsOf("call")["onEvent"],
    { kind: "piece", value: 1 },
    { kind: "progress", fraction: 0.5, message: "half" },
    { kind: "piece", value: null },
  );
  answer.resolve("done");
  assert.equal(await running, "done");
  assert.deepEqual(pieces, [1, null]);
  assert.deepEqual(steps, [{ fraction: 0.5, message: "half" }]);
});

test("one handler alone has a channel too", async () => {
  await call("notes", "a", null, { onPiece: () => {} });
  await call("notes", "a", null, { onProgress: () => {} });
  for (const { args } of tauri.invoked) assert.ok(args["onEvent"]);
  tauri.deliver(tauri.invoked[0]?.args["onEvent"], { kind: "progress", fraction: 1, message: "" });
});

for (const [name, start] of [
  ["call", (signal: AbortSignal) => call("notes", "a", null, { signal })],
  ["panelCall", (signal: AbortSignal) => panelCall("token", "a", null, { signal })],
] as const) {
  const command = name === "call" ? "call" : "panel_call";

  test(`${name}: an abort rejects at once with cancelled, and cancels that call`, async () => {
    tauri.answer(command, () => deferred().promise);
    const { controller, signal } = countingSignal();
    const running = start(signal);
    controller.abort("no longer needed");
    const error = await running.catch((caught: unknown) => caught);
    assert.ok(isCancelled(error));
    assert.equal((error as AetherError).cause, "no longer needed");
    assert.deepEqual(tauri.argsOf("cancel"), { call: tauri.argsOf(command)["call"] });
  });

  test(`${name}: an answer after the abort changes nothing, and the listener is gone`, async () => {
    const answer = deferred<string>();
    tauri.answer(command, () => answer.promise);
    const { controller, signal, listeners } = countingSignal();
    const running = start(signal);
    controller.abort();
    answer.resolve("too late");
    await assert.rejects(running, isCancelled);
    await settled();
    assert.equal(listeners(), 0);
    assert.deepEqual(tauri.commands(), [command, "cancel"]);
  });

  test(`${name}: an abort after the answer cancels nothing`, async () => {
    tauri.answer(command, () => "done");
    const { controller, signal, listeners } = countingSignal();
    assert.equal(await start(signal), "done");
    await settled();
    assert.equal(listeners(), 0);
    controller.abort();
    await settled();
    assert.deepEqual(tauri.commands(), [command]);
  });

  test(`${name}: a failure removes the listener as well`, async () => {
    tauri.answer(command, () => {
      throw { code: "not-running", message: "It does not run.", fix: null };
    });
    const { signal, listeners } = countingSignal();
    await assert.rejects(start(signal), { code: "not-running" });
    await settled();
    assert.equal(listeners(), 0);
  });

  test(`${name}: with an aborted signal nothing is sent`, async () => {
    await assert.rejects(start(AbortSignal.abort()), isCancelled);
    assert.deepEqual(tauri.invoked, []);
  });
}

test("a cancel that fails is not an unhandled rejection", async () => {
  tauri.answer("call", () => deferred().promise);
  tauri.answer("cancel", () => {
    throw "aether.cancel not allowed";
  });
  const controller = new AbortController();
  const running = call("notes", "a", null, { signal: controller.signal });
  controller.abort();
  await assert.rejects(running, isCancelled);
  await settled();
});

test("pieces after an abort are not delivered", async () => {
  tauri.answer("call", () => deferred().promise);
  const controller = new AbortController();
  const pieces: unknown[] = [];
  const running = call("notes", "a", null, {
    signal: controller.signal,
    onPiece: (piece) => pieces.push(piece),
  });
  controller.abort();
  await assert.rejects(running, isCancelled);
  tauri.deliver(tauri.argsOf("call")["onEvent"], { kind: "piece", value: 1 });
  assert.deepEqual(pieces, []);
});

test("panelCall sends its token and no name", async () => {
  tauri.answer("panel_call", () => 5);
  assert.equal(await panelCall("token", "count", [1]), 5);
  const { call: id, ...rest } = tauri.argsOf("panel_call");
  assert.match(String(id), uuid);
  assert.deepEqual(rest, { token: "token", method: "count", input: [1] });
});
