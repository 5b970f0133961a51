// Compiled code takes more room than its source.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (let i = 0; ; i++) kept.push(new Function(`return function f${i}() { ${"x;".repeat(1000)} }`)());
}
