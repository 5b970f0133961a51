// One call of the engine's own; only somebody outside can end it.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 0, 1);
}
