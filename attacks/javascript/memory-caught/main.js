// An engine that ran out of memory is not used again.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const kept = [];
  for (;;) {
    try {
      for (;;) kept.push(new Array(1000).fill(kept.length));
    } catch {
      try { kept.length -= 10; } catch {}
    }
  }
}
