// Each may have four gigabytes, and there may be many.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  let refused = 0;
  for (;;) {
    try {
      const memory = new WebAssembly.Memory({ initial: 1 });
      kept.push(memory);
      for (;;) {
        memory.grow(64);
        new Uint8Array(memory.buffer).fill(1);
      }
    } catch (error) {
      if (++refused > 10000) throw error;
    }
  }
}
