// `Error.prepareStackTrace` is handed call sites, and a call site can hand out its function.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const functions = new Set();
  let sites = 0;
  Error.prepareStackTrace = (error, trace) => {
    for (const site of trace) {
      sites++;
      const file = String(site.getFileName?.());
      for (const read of ["getFunction", "getThis"]) {
        const got = site[read]?.();
        if (Object(got) === got && file.startsWith("aether:runtime/")) functions.add(`${file} ${got.name ?? ""}`);
      }
    }
    return "";
  };
  await fs.readText("/etc/shadow").catch(() => {});
  try { new URL("::"); } catch {}
  try { structuredClone(() => {}); } catch {}
  try { setTimeout(() => {}, 1n); } catch {}
  try { ctx.progress(Symbol()); } catch {}
  await import("node:net").catch(() => {});
  Error.prepareStackTrace = undefined;
  return { functions: [...functions].sort(), asked: sites > 5 };
}
