// Three bytes become an object.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const text = `[${"[],".repeat(200000)}[]]`;
  const kept = [];
  for (;;) kept.push(JSON.parse(text));
}
