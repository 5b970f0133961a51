// It may read the secret, and logs it in the middle of other words.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  ctx.log.debug("nothing here", { deep: [{ text: `x${await fs.readText("./secret.txt")}x` }] });
  return { inert: true };
}
