// The runtime's own code must be no slower than linear in what it is given.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const slow = [];
  // What the machine does in a while, beside whatever else it is busy with.
  const unit = () => {
    const began = Date.now();
    for (let i = 0, sum = 0; i < 1000000; i++) sum += i;
    return Math.max(10, Date.now() - began);
  };
  const timed = async (name, act) => {
    const before = unit();
    const began = Date.now();
    try { await act(); } catch {}
    const took = Date.now() - began;
    const units = took / Math.max(before, unit());
    if (units > 60) slow.push([name, took, units]);
  };
  const shared = [];
  for (let i = 0, at = shared; i < 200; i++) { const next = []; at.push(next, next); at = next; }
  await timed("clone of shared", () => structuredClone(shared));
  await timed("inspect of shared", () => console.log(shared));
  await timed("url", () => new URL("http://a/" + "../".repeat(100000) + "?" + "a=b&".repeat(100000)));
  await timed("url host", () => new URL("http://" + "a.".repeat(50000)));
  await timed("query", () => { const q = new URLSearchParams("a=b&".repeat(20000)); q.sort(); for (let i = 0; i < 100; i++) q.get("zzz"); return q.toString(); });
  await timed("text", () => { const d = new TextDecoder(); for (let i = 0; i < 20000; i++) d.decode(new Uint8Array([0xf0, 0x9f]), { stream: true }); });
  await timed("base64", () => atob("A".repeat(1 << 20)));
  await timed("console", () => { for (let i = 0; i < 200; i++) console.log("%s".repeat(2000), ..."x".repeat(2000)); });
  await timed("table", () => console.table(Array.from({ length: 5000 }, (_, i) => ({ [`k${i}`]: i }))));
  await timed("groups", () => { for (let i = 0; i < 100000; i++) console.group(); });
  await timed("listeners", () => { const t = new EventTarget(); for (let i = 0; i < 1000; i++) t.addEventListener("x", () => {}); t.dispatchEvent(new Event("x")); });
  await timed("signals", () => AbortSignal.any?.(Array.from({ length: 5000 }, () => new AbortController().signal)));
  await timed("random", () => { for (let i = 0; i < 200; i++) crypto.getRandomValues(new Uint8Array(65536)); });
  return { slow };
}
