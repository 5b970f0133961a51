// A failing iterable is turned into a rejection.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) {
    try {
      await Promise.all({ [Symbol.iterator]() { for (;;); } });
    } catch {}
  }
}
