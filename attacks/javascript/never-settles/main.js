// Nothing is left that could settle it, which the cell knows and says.
export default function run(input, ctx) {
  ctx.log.info("armed");
  return new Promise(() => {});
}
