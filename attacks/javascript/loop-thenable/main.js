// Reading `then` is done by the engine on behalf of nobody.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) {
    try {
      await { get then() { for (;;); } };
    } catch {}
  }
}
