// Memory of buffers is not on the heap of most engines.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (;;) kept.push(new ArrayBuffer(1 << 20));
}
