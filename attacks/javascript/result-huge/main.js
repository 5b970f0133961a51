// Larger than anything that one message may carry.
export default function run({ size, unit }, ctx) {
  ctx.log.info("armed");
  return unit.repeat(size);
}
