// It is not ended for a limit.
export default function run(input, ctx) {
  ctx.log.info("armed");
  throw new Error("the time limit of 1s");
}
