// The interrupt makes an error, whose making calls the hook, which is interrupted.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  Error.prepareStackTrace = () => { for (;;); };
  for (;;) {
    try {
      null.x;
    } catch {}
  }
}
