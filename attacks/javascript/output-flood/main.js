// Printing must not fill a disk, a terminal or anybody's memory.
export default function run(input, ctx) {
  ctx.log.info("armed");
  const line = "x".repeat(8000);
  for (let printed = 0; printed < 1e9; printed += line.length) console.log(line);
  return "printed it all";
}
