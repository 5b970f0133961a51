// It does what it may do.
import * as fs from "aether:fs";

export default function run(input, ctx) {
  ctx.log.info("armed");
  return fs.readText("./public/readme.txt");
}
