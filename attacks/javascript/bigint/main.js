// Each step takes long, and none can be interrupted.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const huge = 3n ** 600000n;
  for (;;) String(huge);
}
