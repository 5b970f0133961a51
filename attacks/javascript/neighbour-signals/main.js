// The other cell tries to be found: it fills everything that two processes could share.
import * as fs from "aether:fs";
import * as env from "aether:env";

export async function keep({ secret }, ctx) {
  performance.mark?.(secret);
  console.log(secret.length);
  document: try { new BroadcastChannel(secret).postMessage(secret); } catch {}
  try { localStorage.secret = secret; } catch {}
  for (const path of ["/tmp/found", "/dev/shm/found", "/proc/self/comm", "/workspace/found"]) await fs.writeText(path, secret).catch(() => {});
  return true;
}

export default async function run({ scene }, ctx) {
  ctx.log.info("armed");
  const found = [];
  for (const path of ["/tmp/found", "/dev/shm/found", "/workspace/found", `/proc/${scene.host}/environ`, `/proc/${scene.host}/fd`, `/proc/${scene.host}/cmdline`, "/proc/1/comm", "/proc/self/status", "/run/user", "/sys/fs/cgroup"]) {
    for (const act of [fs.readText, fs.list, fs.stat]) await act(path).then(() => found.push(path), () => {});
  }
  for (const name of ["BroadcastChannel", "localStorage", "SharedWorker", "navigator", "caches", "MessageChannel"]) if (name in globalThis) found.push(name);
  for (const name of ["aether:plugins", "aether:events", "aether:blob", "aether:host"]) await import(name).then(() => found.push(name), () => {});
  return { found, names: env.names() };
}
