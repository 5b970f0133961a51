// It starts and ends.
export default function run(input, ctx) {
  ctx.log.info("armed");
  return { inert: true };
}
