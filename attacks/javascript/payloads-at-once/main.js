// Sixteen may be under way at a time, each as a descriptor.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const text = "y".repeat(100000);
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 32 }, (_, i) => fs.writeText(`./out/${i}`, text)));
  }
  return { sent: true };
}
