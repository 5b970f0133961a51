// Each must end as an exception, and the cell must live on.
const deep = (n, wrap, seed) => { let at = seed; for (let i = 0; i < n; i++) at = wrap(at); return at; };
const N = 20000;

const ways = {
  calls() { const f = () => f() + 1; return f(); },
  mutual() { const f = () => g(); const g = () => f(); return f(); },
  constructor() { class A { constructor() { return new A(); } } return new A(); },
  getter() { const a = { get b() { return this.b; } }; return a.b; },
  proxy: () => deep(N, (target) => new Proxy(target, {}), {}).x,
  prototypes: () => deep(N, (proto) => Object.create(proto), {}).x,
  // Each name holds the one before: more of them would fill the heap first.
  bound: () => deep(2000, (f) => f.bind(null), () => 1)(),
  classes: () => new (deep(3000, (A) => class extends A {}, class {}))(),
  toString() { const a = []; a[0] = a; return String(deep(N, (x) => [x], [])); },
  toPrimitive() { const a = { toString: () => `${a}` }; return `${a}`; },
  parse: () => JSON.parse("[".repeat(200000) + "]".repeat(200000)),
  stringify: () => JSON.stringify(deep(N, (x) => [x], [])),
  reviver: () => JSON.parse("[".repeat(2000) + "]".repeat(2000), function f(key, value) { return JSON.parse("[1]", f); }),
  regexp: () => new RegExp("(".repeat(100000) + ")".repeat(100000)),
  match: () => new RegExp("(?:a|b)*".repeat(50) + "$").test("ab".repeat(100000)),
  source: () => new Function("(".repeat(200000) + "1" + ")".repeat(200000)),
  blocks: () => new Function("{".repeat(200000) + "}".repeat(200000)),
  arrays: () => new Function("return " + "[".repeat(200000) + "]".repeat(200000)),
  templates: () => new Function("return " + "`${".repeat(50000) + "1" + "}`".repeat(50000)),
  arrows: () => new Function("return " + "()=>".repeat(100000) + "1"),
  unary: () => new Function("return " + "!".repeat(200000) + "1"),
  binary: () => new Function("return " + "1+".repeat(200000) + "1")(),
  members: () => new Function("let a;" + "a?.b".repeat(1) + ".c".repeat(200000)),
  flat: () => deep(N, (x) => [x], []).flat(Infinity).length,
  replace() { const f = () => "a".replace("a", f); return f(); },
  sort() { const f = () => [1, 2].sort(f); return f(); },
  iterate() { const a = { *[Symbol.iterator]() { yield* a; } }; return [...a]; },
  clone: () => structuredClone(deep(N, (x) => ({ x }), {})),
  inspect: () => console.log(deep(N, (x) => ({ x }), {})),
  errors: () => console.log(deep(N, (cause) => new Error("x", { cause }), null)),
  evals() { const f = () => eval("f()"); return f(); },
  apply() { const f = () => Reflect.apply(f, null, []); return f(); },
  has: () => "x" in deep(N, (proto) => new Proxy(Object.create(proto), {}), {}),
  then() { let resolve; const p = new Promise((r) => { resolve = r; }); const t = { then: (r) => t.then(r) }; resolve(t); return p; },
};

export default async function run({ depth }, ctx) {
  ctx.log.info("armed");
  const failed = [], odd = [];
  for (const [name, way] of Object.entries(ways)) {
    try {
      await way();
    } catch (error) {
      failed.push(name);
      const plain = error instanceof RangeError || error instanceof SyntaxError || /stack|memory|deep|large/i.test(String(error?.message));
      if (!plain) odd.push([name, String(error).slice(0, 100)]);
    }
  }
  // From the bottom of the stack everything fails, the runtime's own functions too.
  let bottom = 0;
  const dig = () => {
    try { dig(); } finally {
      bottom++;
      if (bottom < 50) try { console.log(bottom); new URL("http://a"); structuredClone({}); ctx.log.info("x"); new TextEncoder().encode("x"); setTimeout(() => {}, 1); } catch {}
    }
  };
  try { dig(); } catch {}
  return { many: failed.length > 12, odd, alive: [1, 2, 3].map((x) => x * 2) };
}
