// The engine's sloppy functions know who called them.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const reached = [];
  const sloppy = new Function("note", `
    function probe() {
      try { if (probe.caller) note("caller " + probe.caller); } catch {}
      try { if (arguments.callee.caller) note("callee " + arguments.callee.caller); } catch {}
      const own = (given) => given.length === arguments.length;
      try { if (probe.arguments && !own(probe.arguments)) note("arguments"); } catch {}
      try { if (probe.caller && probe.caller.arguments) note("the caller's arguments"); } catch {}
    }
    return probe;`)((what) => reached.push(what));
  setTimeout(sloppy, 0);
  queueMicrotask(sloppy);
  ctx.signal.addEventListener("abort", sloppy);
  new EventTarget().addEventListener("x", sloppy);
  Object.defineProperty(Object.prototype, "trap", { get: sloppy, configurable: true });
  ({}).trap;
  await { then(resolve) { sloppy(); resolve(); } };
  try { ctx.progress({ valueOf: sloppy }); } catch {}
  try { await fs.readText({ toString: sloppy }); } catch {}
  try { console.log({ get x() { return sloppy(); } }); } catch {}
  JSON.stringify({ toJSON: sloppy });
  [1, 2].sort(sloppy);
  "x".replace("x", sloppy);
  await new Promise((resolve) => setTimeout(resolve, 20));
  return { reached };
}
