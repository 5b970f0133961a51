// Timers are kept by the runtime, outside of the engine's heap.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (let i = 0; ; i++) setTimeout(() => i, 3e10);
}
