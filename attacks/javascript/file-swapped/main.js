// What was checked must be what is read.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const texts = new Set(), codes = new Set();
  const until = Date.now() + 1500;
  let tries = 0;
  while (Date.now() < until) {
    for (const act of [() => fs.readText("./public/restless"), () => fs.stat("./public/restless").then((s) => s.kind), () => fs.writeText("./out/copy", "x").then(() => fs.readText("./public/restless"))]) {
      await act().then((text) => texts.add(text), (error) => codes.add(error.code));
      tries++;
    }
  }
  const told = ["for everyone\n", "file", "symlink"];
  return { stolen: [...texts].filter((text) => !told.includes(text)), read: texts.has(told[0]), tries: tries > 200, refused: codes.size > 0 };
}
