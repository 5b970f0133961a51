// Reading a proxy runs the plugin's code: it must happen in the cell, and once.
export default function run({ how }, ctx) {
  ctx.log.info("armed");
  let traps = 0;
  const handler = new Proxy({}, { get: (_, name) => (...args) => { traps++; return Reflect[name](...args); } });
  if (how === "log") {
    ctx.log.info(new Proxy({ a: 1 }, handler));
    console.log(new Proxy([1, 2], handler), new Proxy(run, handler));
    return { traps };
  }
  if (how === "liar") {
    // Says that a key is there once more on each reading.
    return new Proxy({ a: 1 }, { ownKeys: () => ["a", "a", "a"] });
  }
  let reads = 0;
  return new Proxy({ reads: 0 }, { get: (target, name) => (name === "reads" ? ++reads : target[name]) });
}
