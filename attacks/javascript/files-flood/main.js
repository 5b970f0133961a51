// A file of no bytes takes room too.
import * as fs from "aether:fs";

export default async function run({ how }, ctx) {
  ctx.log.info("armed");
  if (how === "deep") {
    let path = "./out";
    for (;;) await fs.mkdir((path += "/d"));
  }
  for (let i = 0; ; i += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, j) => (how === "folders" ? fs.mkdir(`./out/folder ${i + j}`) : fs.writeText(`./out/${i + j}`, ""))));
  }
}
