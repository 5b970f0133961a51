// Turning a result into JSON is the plugin's code too, and belongs under the same deadline.
export default function run(input, ctx) {
  ctx.log.info("armed");
  return { toJSON() { for (;;); } };
}
