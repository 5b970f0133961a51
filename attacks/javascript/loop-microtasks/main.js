// A queue that never becomes empty.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const again = () => queueMicrotask(again);
  again();
  await new Promise(() => {});
}
