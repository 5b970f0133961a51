// One call of the engine's own; only somebody outside can end it.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const long = "a".repeat(1 << 20); long.replaceAll("a", "$`$'");
}
