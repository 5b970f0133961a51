// The plainest way.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (;;) kept.push({ next: kept.length });
}
