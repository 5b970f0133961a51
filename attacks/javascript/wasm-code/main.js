// `module(…)` puts sections together; what is in them is WebAssembly's binary format, chapter 5.
const leb = (value) => { const out = []; do { let byte = value & 127; value >>>= 7; if (value) byte |= 128; out.push(byte); } while (value); return out; };
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
const vector = (items) => [...leb(items.length), ...items.flat()];
const module = (...sections) => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]));
const body = (code) => { const bytes = [0, ...code, 11]; return [...leb(bytes.length), ...bytes]; };

export default async function run(input, ctx) {
  ctx.log.info("armed");
  // Two thousand functions of two thousand additions each, never the same.
  const kept = [];
  for (let round = 0; ; round++) {
    const bodies = [];
    for (let i = 0; i < 2000; i++) {
      const code = [65, ...leb(round & 63)];
      for (let j = 0; j < 2000; j++) code.push(65, (i + j) & 63, 106);
      bodies.push(body([...code, 26]));
    }
    const made = module(section(1, vector([[96, 0, 0]])), section(3, vector(bodies.map(() => [0]))), section(7, vector(bodies.map((_, i) => [...leb(String(i).length), ...[...String(i)].map((c) => c.charCodeAt(0)), 0, ...leb(i)]))), section(10, vector(bodies)));
    const instance = new WebAssembly.Instance(made);
    for (const name in instance.exports) instance.exports[name]();
    kept.push(instance);
  }
}
