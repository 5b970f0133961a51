// One call of the engine's own; only somebody outside can end it.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1);
}
