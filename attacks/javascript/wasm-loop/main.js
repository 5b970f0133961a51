// `module(…)` puts sections together; what is in them is WebAssembly's binary format, chapter 5.
const leb = (value) => { const out = []; do { let byte = value & 127; value >>>= 7; if (value) byte |= 128; out.push(byte); } while (value); return out; };
const section = (id, bytes) => [id, ...leb(bytes.length), ...bytes];
const vector = (items) => [...leb(items.length), ...items.flat()];
const module = (...sections) => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, ...sections.flat()]));
const body = (code) => { const bytes = [0, ...code, 11]; return [...leb(bytes.length), ...bytes]; };

export default async function run(input, ctx) {
  ctx.log.info("armed");
  // loop br 0 end
  const made = module(section(1, vector([[96, 0, 0]])), section(3, vector([[0]])), section(7, vector([[1, 97, 0, 0]])), section(10, vector([body([3, 64, 12, 0, 11])])));
  new WebAssembly.Instance(made).exports.a();
}
