// The oldest one.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;);
}
