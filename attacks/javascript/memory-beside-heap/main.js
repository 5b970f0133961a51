import * as fs from "aether:fs";
import * as kv from "aether:kv";

// Each of these makes copies outside of the heap.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const bytes = new Uint8Array(1 << 20).fill(65);
  const text = "\u00e9".repeat(1 << 20);
  const ways = [
    () => crypto.subtle.digest("SHA-512", bytes), () => new TextDecoder("utf-16le").decode(bytes), () => new TextEncoder().encode(text), () => btoa(text), () => atob("A".repeat(1 << 20)),
    () => fs.writeBytes("./out/a", bytes), () => fs.writeText("./out/b", text), () => kv.set("a", text), () => new URL(`http://a/?${text}`), () => new URLSearchParams(text), () => structuredClone(bytes),
  ];
  let done = 0;
  for (let i = 0; i < 5; i++) await Promise.all(ways.map(async (way) => { try { await way(); } catch {} done++; }));
  return { done };
}
