import * as fs from "aether:fs";

// What waits to be sent must lie in the plugin's own memory.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) for (let i = 0; i < 1000; i++) fs.stat(`./public/${i}`).catch(() => {});
}
