// Counts words, remembers how often, and tells what it is refused.
import * as env from "aether:env";
import * as events from "aether:events";
import * as kv from "aether:kv";
import * as plugins from "aether:plugins";
import * as secret from "aether:secret";
import { fetch } from "aether:http";

async function codeOf(action) {
  try {
    await action();
    return "none";
  } catch (error) {
    return error.code;
  }
}

export default async function run({ text }, ctx) {
  const seen = new Map();
  for (const word of text.split(" ")) seen.set(word, (seen.get(word) ?? 0) + 1);
  const counts = [...seen].sort(([one], [other]) => (one < other ? -1 : 1));
  ctx.log.info("counted", { words: counts.length });
  const visits = ((await kv.get("visits")) ?? 0) + 1;
  await kv.set("visits", visits);
  const language = (await env.get("LANG")) ?? null;
  await events.emit("tally.counted", { visits });
  const refused = {
    host: await codeOf(() => fetch("http://denied.example/")),
    plugin: await codeOf(() => plugins.call("nobody.anything", {})),
    secret: await codeOf(() => secret.get("key")),
    topic: await codeOf(() => events.emit("other.topic", null)),
    variable: await codeOf(() => env.get("HOME")),
  };
  return { counts, language, refused, visits };
}
