// It may read the secret, and tells it.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  return { inert: true, text: await fs.readText("./secret.txt") };
}
