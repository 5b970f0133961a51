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
  // Some engines ask when the error is made, others when its stack is read.
  const read = (error) => void error.stack;
  await fs.readText("/etc/shadow").catch(read);
  try { new URL("::"); } catch (error) { read(error); }
  try { structuredClone(() => {}); } catch (error) { read(error); }
  try { setTimeout(() => {}, 1n); } catch (error) { read(error); }
  try { ctx.progress(Symbol()); } catch (error) { read(error); }
  await import("node:net").catch(read);
  Error.prepareStackTrace = undefined;
  return { functions: [...functions].sort(), asked: sites > 5 };
}
