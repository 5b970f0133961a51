// Each has a form of its own in which it is refused; a generator without an end is the list that it
// would be, as far as there is memory for it.
const results = {
  function: () => run,
  symbol: () => Symbol("x"),
  bigint: () => ({ deep: [10n] }),
  circle: () => { const a = {}; a.a = [a]; return a; },
  nothing: () => undefined,
  toJSON: () => ({ toJSON: () => undefined }),
  throws: () => ({ get a() { throw new RangeError("mine"); } }),
  generator: () => (function* () { for (;;) yield 1; })(),
  numbers: () => [NaN, Infinity, -Infinity, -0, 1e400, Number.MAX_VALUE],
  surrogates: () => "\ud800\udc00 \ud800 \udfff",
  global: () => globalThis,
};

export default function run({ what }, ctx) {
  ctx.log.info("armed");
  return results[what]();
}
