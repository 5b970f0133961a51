import assert from "node:assert/strict";
import { test } from "node:test";
import { AetherError, list } from "../index.js";
import { FakeTauri } from "./fake-tauri.js";

/** What `list` rejects with when the app rejects with `reason`. */
async function rejection(reason: unknown): Promise<AetherError> {
  new FakeTauri().install().answer("list", () => {
    throw reason;
  });
  const error: unknown = await list().then(
    () => assert.fail("did not reject"),
    (caught: unknown) => caught,
  );
  assert.ok(error instanceof AetherError);
  assert.ok(error instanceof Error);
  assert.equal(error.name, "AetherError");
  return error;
}

test("an error of the app keeps its code, message and fix", async () => {
  const error = await rejection({ code: "out-of-scope", message: "No.", fix: "allow = notes" });
  assert.equal(error.code, "out-of-scope");
  assert.equal(error.message, "No.");
  assert.equal(error.fix, "allow = notes");
});

test("an error without a fix has null", async () => {
  assert.equal((await rejection({ code: "a", message: "b", fix: null })).fix, null);
  const error = await rejection({ code: "a", message: "b" });
  assert.equal(error.code, "a");
  assert.equal(error.fix, null);
});

test("a refusal of Tauri, which is a text, is not-permitted", async () => {
  const text = "aether.list not allowed. Permissions associated with this command: aether:allow-list";
  const error = await rejection(text);
  assert.equal(error.code, "not-permitted");
  assert.equal(error.message, text);
  assert.equal(error.fix, null);
});

test("another text of Tauri is failed", async () => {
  const text = "invalid args `name` for command `inspect`: missing required key name";
  const error = await rejection(text);
  assert.equal(error.code, "failed");
  assert.equal(error.message, text);
});

test("an exception is failed and keeps its cause", async () => {
  const cause = new TypeError("no Tauri here");
  const error = await rejection(cause);
  assert.equal(error.code, "failed");
  assert.equal(error.message, "no Tauri here");
  assert.equal(error.cause, cause);
});

test("a value that only resembles an error is failed", async () => {
  for (const value of [null, 7, {}, { code: 1, message: "m" }, { code: "c" }, { code: "c", message: "m", fix: 1 }]) {
    assert.equal((await rejection(value)).code, "failed");
  }
});
