// examples/docs/together/glossary/main.js
import { on } from "aether:events";

const meanings = new Map([["cell", "the confined process that runs one plugin"]]);
const asked = [];

// A topic, or a pattern of topics. The handler gets what was told, and a context like a method's.
const stop = await on("words.*", ({ word }, ctx) => {
  asked.push(`${ctx.topic} from ${ctx.from}: ${word}`);
});

export function explain({ word }, ctx) {
  if (!meanings.has(word)) throw new RangeError(`there is no ${word}`);
  return { meaning: meanings.get(word), caller: ctx.caller }; // the plugin that calls
}

export async function heard() {
  await stop();                                      // from here on it hears nothing more
  return asked;
}
