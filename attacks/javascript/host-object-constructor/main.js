// Looks at everything that can be reached from what the host hands over, and asks each function's
// constructor for a global object with more in it.
import * as env from "aether:env";
import * as errors from "aether:errors";
import * as fs from "aether:fs";
import * as kv from "aether:kv";
import * as log from "aether:log";
import * as time from "aether:time";
import * as buffer from "node:buffer";
import * as events from "node:events";
import * as util from "node:util";

const AUTHORITY = ["process", "require", "native", "Deno", "Bun", "std", "os", "module"];

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const refused = [
    await fs.readText("/etc/shadow").catch((error) => error),
    await import("node:net").catch((error) => error),
    await import("./missing.js").catch((error) => error),
  ];
  const made = [new URL("http://a/?b=c"), new TextDecoder(), new AbortController(), fs.walk("."), fs.lines("x")];
  const seen = new Set();
  const foreign = [];
  const queue = [["", { input, ctx, env, errors, fs, kv, log, time, buffer, events, util, refused, made, globalThis }]];
  while (queue.length > 0) {
    const [path, value] = queue.pop();
    if (Object(value) !== value || seen.has(value)) continue;
    seen.add(value);
    const chain = chainOf(value);
    const top = chain.at(-1);
    if (top !== Object.prototype && Object.getPrototypeOf(value) !== null) foreign.push(path);
    if (typeof value === "function" && !chain.includes(Function.prototype)) foreign.push(path);
    for (const name of AUTHORITY) if (reaches(value, name)) foreign.push(`${path} -> ${name}`);
    for (const next of chain) queue.push([`${path}.__proto__`, next]);
    for (const key of Reflect.ownKeys(value)) {
      const found = Object.getOwnPropertyDescriptor(value, key);
      const at = `${path}.${String(key)}`;
      queue.push([at, found.value], [`${at}:get`, found.get], [`${at}:set`, found.set]);
      try {
        queue.push([at, value[key]]);
      } catch {}
    }
  }
  return { foreign, thorough: seen.size > 500 };
}

function chainOf(value) {
  const chain = [];
  for (let at = value; at !== null; at = Object.getPrototypeOf(at)) chain.push(at);
  return chain;
}

function reaches(value, name) {
  try {
    // Constructors of generators and async functions give no string.
    return ["object", "function"].includes(value.constructor.constructor(`return typeof ${name}`)());
  } catch {
    return false;
  }
}
