// What is written lies in the host's memory until a person takes it.
import * as fs from "aether:fs";

export default async function run({ how }, ctx) {
  ctx.log.info("armed");
  const piece = "x".repeat(1 << 18);
  // What may be written over and over without end takes no more room than once.
  for (let i = 0; i < 100; i++) await fs.writeText("./out/same", piece);
  if (how === "many") for (let i = 0; ; i++) await fs.writeText(`./out/${i}`, piece);
  if (how === "sparse") return fs.writeText("./public/sparse.bin", "x", { append: true });
  if (how === "bytes") return fs.writeBytes("./out/bytes", new Uint8Array(12 << 20));
  for (;;) await fs.writeText("./out/grows", piece, { append: true });
}
