// Large payloads travel as descriptors, and the system counts those under way for each user.
import * as fs from "aether:fs";
import * as kv from "aether:kv";

export async function hold(input, ctx) {
  await fs.writeText("./out/large", "x".repeat(100000));
  for (let i = 0; i < 16; i++) fs.readText("./out/large");
  ctx.log.info("accomplice armed");
  // In one call of the engine's own nothing is read, not even by the runtime.
  Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);
}

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const text = "y".repeat(100000);
  for (let i = 0; i < 20; i++) {
    await kv.set("large", text);
    if ((await kv.get("large")) !== text) return { whole: false };
  }
  return { whole: true, text };
}
