// Who is told that its time is over may use it.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  ctx.signal.addEventListener("abort", () => { for (;;); });
  ctx.signal.throwIfAborted();
  for (;;) await new Promise((resolve) => setTimeout(resolve, 1));
}
