// Each job ends; there is always another.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) await null;
}
