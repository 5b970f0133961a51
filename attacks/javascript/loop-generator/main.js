// Leaving a loop closes its generator, which does not want to be closed.
async function* endless() {
  try {
    yield 1;
  } finally {
    for (;;);
  }
}

export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (;;) {
    try {
      for await (const _ of endless()) break;
    } catch {}
  }
}
