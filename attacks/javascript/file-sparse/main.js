// Whoever makes room for the size that a file has makes room for 64 GiB.
import * as fs from "aether:fs";

export default async function run({ how }, ctx) {
  ctx.log.info("armed");
  const path = "./public/sparse.bin";
  if (how === "bytes") return (await fs.readBytes(path)).length;
  if (how === "text") return (await fs.readText(path)).length;
  if (how === "far") return (await fs.readBytes(path, { offset: 60 * 2 ** 30, length: 10 })).length;
  if (how === "beyond") return (await fs.readBytes(path, { offset: Number.MAX_SAFE_INTEGER, length: 10 })).length;
  for await (const line of fs.lines(path)) return line.length;
}
