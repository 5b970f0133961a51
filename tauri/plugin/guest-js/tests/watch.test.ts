import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { watch, type AetherEvent } from "../index.js";
import { FakeTauri } from "./fake-tauri.js";

let tauri: FakeTauri;
let seen: AetherEvent[];
const note = (event: AetherEvent) => seen.push(event);
const missed: AetherEvent = { kind: "missed", count: 3 };

beforeEach(() => {
  seen = [];
  tauri = new FakeTauri().install().answer("watch", () => 12);
});

test("watch sends a channel and what was chosen", async () => {
  await watch({ plugins: ["notes"], everyMs: 500 }, note);
  const { onEvent, ...rest } = tauri.argsOf("watch");
  assert.ok(onEvent);
  assert.deepEqual(rest, { plugins: ["notes"], everyMs: 500 });
});

test("watch sends nothing that was not chosen", async () => {
  await watch({}, note);
  assert.deepEqual(Object.keys(tauri.argsOf("watch")), ["onEvent"]);
});

test("events reach the handler, even those before watch has resolved", async () => {
  const watching = watch({}, note);
  tauri.deliver(tauri.argsOf("watch")["onEvent"], missed, { kind: "question-over", id: 4 });
  await watching;
  assert.deepEqual(seen, [missed, { kind: "question-over", id: 4 }]);
});

test("an event is narrowed by its kind", () => {
  const idOf = (event: AetherEvent): number | undefined => {
    if (event.kind === "consent-needed" || event.kind === "elevation-needed") return event.question.id;
    if (event.kind === "sample") return event.metrics.cells[0]?.cell;
    return event.kind === "question-over" ? event.id : undefined;
  };
  assert.equal(idOf({ kind: "question-over", id: 4 }), 4);
});

test("what watch resolves to ends it, once", async () => {
  const end = await watch({}, note);
  await Promise.all([end(), end()]);
  await end();
  assert.deepEqual(tauri.commands(), ["watch", "unwatch"]);
  assert.deepEqual(tauri.argsOf("unwatch"), { id: 12 });
});

test("after the end no event is delivered", async () => {
  const end = await watch({}, note);
  const ending = end();
  tauri.deliver(tauri.argsOf("watch")["onEvent"], missed);
  await ending;
  assert.deepEqual(seen, []);
});

test("watch rejects when it is refused", async () => {
  tauri.answer("watch", () => {
    throw "aether.watch not allowed";
  });
  await assert.rejects(watch({}, note), { code: "not-permitted" });
});
