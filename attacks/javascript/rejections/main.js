// Nothing that is thrown where nobody listens may bring anybody down.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (let i = 0; i < 5000; i++) Promise.reject(new Error(`nobody hears ${i}`));
  Promise.reject();
  Promise.reject(Promise.reject(1));
  new Promise(() => { throw null; });
  (async () => { throw Symbol("x"); })();
  setTimeout(() => Promise.reject(new Proxy({}, { get() { throw 1; } })), 0);
  setTimeout(() => { throw new Error("in a timer"); }, 0);
  queueMicrotask(() => { throw new Error("in a microtask"); });
  ctx.signal.addEventListener("abort", () => { throw new Error("in a listener"); });
  const late = Promise.reject(new Error("heard late"));
  await new Promise((resolve) => setTimeout(resolve, 30));
  late.catch(() => {});
  return { alive: true };
}
