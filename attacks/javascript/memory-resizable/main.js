// Room is taken when a buffer grows, not when it is made.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (;;) {
    const buffer = new ArrayBuffer(0, { maxByteLength: 1 << 24 });
    kept.push(buffer);
    for (let size = 0; size <= 1 << 24; size += 1 << 20) buffer.resize(size);
  }
}
