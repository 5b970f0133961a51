// Progress is drawn on a terminal.
export default function run(input, ctx) {
  ctx.log.info("armed");
  for (const odd of [NaN, Infinity, -1, 2, "x", undefined, null, {}, -0, 1e308]) ctx.progress(odd, "\u001b[2J\u202e\0\r\n");
  for (let i = 0; i < 200000; i++) ctx.progress(i / 200000, "x".repeat(100));
  return { done: true };
}
