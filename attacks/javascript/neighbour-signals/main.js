// The other cell tries to be found: it fills everything that two processes could share.
import * as fs from "aether:fs";
import * as env from "aether:env";
import * as events from "aether:events";
import * as plugins from "aether:plugins";
import * as blob from "aether:blob";

export async function keep({ secret }, ctx) {
  performance.mark?.(secret);
  console.log(secret.length);
  document: try { new BroadcastChannel(secret).postMessage(secret); } catch {}
  try { localStorage.secret = secret; } catch {}
  for (const path of ["/tmp/found", "/dev/shm/found", "/proc/self/comm", "/workspace/found"]) await fs.writeText(path, secret).catch(() => {});
  await events.emit("found", secret).catch(() => {});
  await blob.create(secret);
  return true;
}

export default async function run({ scene }, ctx) {
  ctx.log.info("armed");
  const found = [];
  for (const path of ["/tmp/found", "/dev/shm/found", "/workspace/found", `/proc/${scene.host}/environ`, `/proc/${scene.host}/fd`, `/proc/${scene.host}/cmdline`, "/proc/1/comm", "/proc/self/status", "/run/user", "/sys/fs/cgroup"]) {
    for (const act of [fs.readText, fs.list, fs.stat]) await act(path).then(() => found.push(path), () => {});
  }
  for (const name of ["BroadcastChannel", "localStorage", "SharedWorker", "navigator", "caches", "MessageChannel"]) if (name in globalThis) found.push(name);
  await import("aether:host").then(() => found.push("aether:host"), () => {});
  const meetings = {
    call: () => plugins.call("neighbour-signals.keep", { secret: "x" }),
    emit: () => events.emit("found", 1),
    on: () => events.on("found", () => {}),
    "on all": () => events.on("*", () => {}),
    ...Object.fromEntries(["0", "1", "2", "../1", "blob-1"].map((name) => [name, () => blob.open(name)])),
  };
  for (const [name, act] of Object.entries(meetings)) await act().then(() => found.push(name), () => {});
  return { found, names: env.names() };
}
