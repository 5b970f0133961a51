// Twice as long each time.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (let text = "x"; ; text += text) kept.push(text, text.padEnd(text.length + 1, "y"), text.repeat(2));
}
