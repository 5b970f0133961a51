// Rewrites every object of the runtime that it can get hold of.
import env from "aether:env";
import fs, { PermissionDenied } from "aether:fs";
import log from "aether:log";
import time from "aether:time";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const targets = { ctx, plugin: ctx.plugin, log, env, fs, time, denied: PermissionDenied.prototype, performance };
  const changed = [];
  for (const [name, target] of Object.entries(targets)) {
    for (const key of Reflect.ownKeys(target)) {
      try {
        target[key] = "mine";
        changed.push(`${name}.${String(key)}`);
      } catch {}
      try {
        Object.defineProperty(target, key, { value: "mine" });
        changed.push(`${name}.${String(key)}`);
      } catch {}
    }
    try {
      Object.setPrototypeOf(target, { mine: true });
      changed.push(`${name}.__proto__`);
    } catch {}
    try {
      target.added = "mine";
      changed.push(`${name}.added`);
    } catch {}
  }
  Object.prototype.granted = ["/**"];
  const error = await fs.readText("/etc/shadow").catch((error) => error);
  return { changed, code: error.code, permission: error.permission };
}
