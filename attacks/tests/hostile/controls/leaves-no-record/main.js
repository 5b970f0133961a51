// It does nothing that is recorded.
export default function run(input, ctx) {
  ctx.log.info("armed");
  return { inert: true };
}
