// Each waits for what never comes, and some are rejected unheard.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (let i = 0; ; i++) {
    new Promise((resolve) => kept.push(resolve)).then(() => i);
    new Promise((_, reject) => reject(i));
  }
}
