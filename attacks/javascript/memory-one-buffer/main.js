// One request for too much fails; then it takes what there is, to the last byte.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (const size of [2 ** 53 - 1, 2 ** 48, 2 ** 40, 2 ** 36, 2 ** 34, 2 ** 32, 2 ** 31, 2 ** 30]) {
    try {
      new ArrayBuffer(size).byteLength;
      ctx.log.info(`worked: ${size}`);
      return { got: size };
    } catch {}
  }
  const kept = [];
  for (let size = 1 << 28; ; size = Math.max(size >> 1, 1)) {
    try {
      kept.push(new Uint8Array(size).fill(1));
    } catch {}
  }
}
