// What was handed over must have been copied, or must be refused.
import * as fs from "aether:fs";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const report = {};
  const bytes = new Uint8Array(1 << 16).fill(65);
  const writing = fs.writeBytes("./out/a", bytes);
  bytes.fill(66);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  await writing.catch(() => {});
  report.first = await fs.readText("./out/a").then((text) => [...new Set(text)].join(""), (error) => error.name);

  const buffer = new ArrayBuffer(1024, { maxByteLength: 1 << 20 });
  const view = new Uint8Array(buffer);
  const attempts = {
    shrunk: () => { const w = fs.writeBytes("./out/b", view); buffer.resize(0); return w; },
    detached: () => { const gone = new Uint8Array(8); gone.buffer.transfer(); return fs.writeBytes("./out/c", gone); },
    outside: () => { buffer.resize(1024); const part = new Uint8Array(buffer, 512, 512); buffer.resize(100); return fs.writeBytes("./out/d", part); },
    liar: () => fs.writeBytes("./out/e", Object.defineProperty(new Uint8Array(8), "length", { value: 1 << 30 })),
    tricky: () => fs.writeBytes("./out/f", { length: 1 << 30, buffer: new ArrayBuffer(8), byteOffset: 0, byteLength: 1 << 30 }),
    offset: () => fs.readBytes("./out/a", { offset: { valueOf() { throw new Error("x"); } } }),
    negative: () => fs.readBytes("./out/a", { offset: -1, length: -1 }),
    huge: () => fs.readBytes("./out/a", { length: Infinity, offset: 2 ** 60 }),
    random: () => crypto.getRandomValues(new Uint8Array(buffer)),
    decode: () => { const d = new TextDecoder(); const x = new Uint8Array(8); x.buffer.transfer(); return d.decode(x); },
    into: () => new TextEncoder().encodeInto("x".repeat(100), Object.defineProperty(new Uint8Array(4), "length", { value: 1 << 20 })).written,
    digest: () => { const x = new Uint8Array(1 << 16); const p = crypto.subtle.digest("SHA-256", x); x.buffer.transfer(); return p.then((d) => d.byteLength); },
    subclass: () => fs.writeBytes("./out/g", new (class extends Uint8Array { get length() { return 1e9; } get byteLength() { return 1e9; } subarray() { return this; } slice() { return this; } })(8)),
  };
  report.outcomes = {};
  for (const [name, act] of Object.entries(attempts)) {
    try {
      const got = await act();
      report.outcomes[name] = typeof got === "number" || typeof got === "string" ? got : "done";
    } catch (error) {
      report.outcomes[name] = error.name;
    }
  }
  report.sizes = {};
  for (const { name, size } of await fs.list("./out")) report.sizes[name] = size;
  return report;
}
