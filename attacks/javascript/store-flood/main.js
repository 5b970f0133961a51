// The store lies in the host's memory.
import * as kv from "aether:kv";

export default async function run({ how }, ctx) {
  ctx.log.info("armed");
  if (how === "keys") for (let i = 0; i < 20000; i++) await kv.set(`key ${i}`, 0);
  if (how === "long") for (let i = 0; i < 20000; i++) await kv.set(`${i}`.padStart(512, "x"), "y".repeat(100));
  if (how === "lists") for (let i = 0; ; i++) await kv.set(`list ${i}`, Array(200000).fill(0));
  for (let i = 0; ; i++) await kv.set(`large ${i}`, "x".repeat(1 << 20));
}
