// A plugin does not decide when its process ends.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const ways = [
    () => process.exit(0), () => process.abort(), () => process.kill(process.pid, 9), () => process.reallyExit(0), () => Deno.exit(0), () => std.exit(0),
    () => os.kill(1, 9), () => quit(), () => exit(), () => close(), () => self.close(), () => globalThis.close(), () => window.close(), () => abort(),
    () => import("node:process").then((p) => p.exit(0)), () => import("node:test"), () => Function("process.exit(0)")(), () => require("process").exit(),
    () => ctx.exit(), () => ctx.signal.abort(), () => ctx.log.exit(), () => { debugger; throw new Error("no debugger"); },
    () => { throw Object.assign(new Error("exit"), { code: 0, exitCode: 0, signal: "SIGKILL" }); },
  ];
  let refused = 0;
  for (const way of ways) {
    try {
      await way();
    } catch {
      refused++;
    }
  }
  setTimeout(() => { throw new Error("uncaught, in a timer"); }, 0);
  queueMicrotask(() => { throw new Error("uncaught, in a microtask"); });
  await new Promise((resolve) => setTimeout(resolve, 30));
  return { alive: true, went: ways.length - refused };
}
