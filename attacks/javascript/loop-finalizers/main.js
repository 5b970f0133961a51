// Where garbage is found by counting, each finalizer's own garbage calls the next at once.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const registry = new FinalizationRegistry(() => registry.register({}, 0));
  registry.register({}, 0);
}
