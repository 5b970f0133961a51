// Between calls nothing of a plugin runs.
let ticks = 0;
const registry = new FinalizationRegistry(() => { ticks++; setTimeout(() => registry.register({}, 0), 0); });

export default function run(input, ctx) {
  ctx.log.info("armed");
  setInterval(() => ticks++, 1);
  registry.register({}, 0);
  const spin = () => { ticks++; setTimeout(spin, 0); };
  spin();
  (async () => { for (;;) { ticks++; await new Promise((resolve) => setTimeout(resolve, 0)); } })();
  ticks = 0;
  return true;
}

// As the very first thing of the next call: what ran before it was counted.
export const report = () => ({ rested: ticks < 5 });
