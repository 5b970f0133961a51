import * as fs from "aether:fs";

// Answers arrive in native memory before the plugin has any.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const bytes = new Uint8Array(7 << 20);
  await fs.writeBytes("./out/large", bytes);
  const answers = [];
  for (;;) answers.push(...(await Promise.all(Array.from({ length: 64 }, () => fs.readBytes("./out/large")))));
}
