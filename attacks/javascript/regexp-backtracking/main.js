// Each letter doubles the ways to fail.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  return /^(([a-z])+.)+[A-Z]([a-z])+$/.test("a".repeat(60));
}
