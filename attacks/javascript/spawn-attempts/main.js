// One plugin, one thread.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const ways = [
    () => new Worker("./main.js"), () => new Worker("data:text/javascript,1"), () => new SharedWorker("./main.js"), () => new os.Worker("./main.js"),
    () => import("node:child_process").then((m) => m.spawn("/bin/sh")), () => import("child_process"), () => import("node:worker_threads"), () => import("node:cluster"),
    () => os.exec(["/bin/sh"]), () => std.popen("id", "r"), () => Deno.Command("id"), () => Bun.spawn(["id"]), () => process.binding("spawn_sync"),
    () => process.dlopen({}, "/lib/x86_64-linux-gnu/libc.so.6"), () => WebAssembly.compile(new Uint8Array(8)), () => new ShadowRealm(), () => fork(),
    () => importScripts("./main.js"), () => new RTCPeerConnection(), () => navigator.serviceWorker.register("x"), () => process.mainModule.require("child_process"),
  ];
  let refused = 0;
  for (const way of ways) await Promise.resolve().then(way).catch(() => refused++);
  return { worked: ways.length - refused, tried: refused > 15 };
}
