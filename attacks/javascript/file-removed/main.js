// Only scratch files may go; removing their folder would take the others along.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const codes = {};
  const attempt = async (name, act) => { codes[name] = await act().then(() => "worked", (error) => error.code); };
  await attempt("tree", () => fs.remove("./mixed", { recursive: true }));
  await attempt("deep", () => fs.remove("./mixed/deep", { recursive: true }));
  await attempt("kept", () => fs.remove("./mixed/keep.txt"));
  await attempt("moved", () => fs.rename("./mixed", "./mixed.tmp"));
  await attempt("over", () => fs.rename("./mixed/scratch.tmp", "./mixed/keep.txt"));
  await attempt("workspace", () => fs.remove("/workspace", { recursive: true }));
  await attempt("root", () => fs.remove("/", { recursive: true }));
  await attempt("scratch", () => fs.remove("./mixed/scratch.tmp"));
  return codes;
}
