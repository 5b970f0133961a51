// Whatever an executor throws becomes a rejection, an interrupt too.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) await new Promise(() => { for (;;); }).catch(() => {});
}
