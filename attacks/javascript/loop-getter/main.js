// A number is asked for, and the asking does not end.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const sticky = { valueOf() { for (;;); }, toString() { for (;;); }, [Symbol.toPrimitive]() { for (;;); } };
  for (;;) {
    try { setTimeout(() => {}, sticky); } catch {}
    try { ctx.progress(sticky); } catch {}
    try { console.log(String(sticky)); } catch {}
    try { new URL(sticky); } catch {}
  }
}
