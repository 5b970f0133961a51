// What is thrown last is what the host hears of.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  try {
    for (;;) kept.push("x".repeat(1000) + kept.length);
  } catch (error) {
    throw new Error("nothing happened", { cause: kept });
  }
}
