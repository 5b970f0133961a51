// Each of these has brought down a host that expected an error.
const thrown = {
  symbol: () => Symbol("thrown"),
  nothing: () => undefined,
  proxy: () => new Proxy(new Error("inner"), { get() { throw new Error("trap"); }, getPrototypeOf() { throw new Error("trap"); } }),
  revoked() { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy; },
  callable: () => run,
  text: () => "t".repeat(5e6),
  number: () => -0,
  bigint: () => 10n ** 2000n,
  many: () => new AggregateError(Array.from({ length: 50000 }, () => new Error("one of many")), "many"),
  suppressed: () => new SuppressedError(new Error("a"), new Error("b"), "suppressed"),
  bare: () => Object.create(null),
  masked: () => Object.setPrototypeOf(new Error("masked"), null),
};

export default function run({ what }, ctx) {
  ctx.log.info("armed");
  throw thrown[what]();
}
