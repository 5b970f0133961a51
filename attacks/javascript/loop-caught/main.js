// An exception that can be caught is no end.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) {
    try {
      try {
        for (;;);
      } finally {
        for (;;);
      }
    } catch {
      continue;
    }
  }
}
