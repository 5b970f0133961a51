// Whoever frees a chain by recursion runs out of stack.
export default function run(input, ctx) {
  ctx.log.info("armed");
  const kinds = [(next) => ({ next }), (next) => [next], (next) => () => next, (next) => new Map([[1, next]]), (next) => Object.create(next), (next) => new Promise((resolve) => resolve([next])), (next) => Symbol.for("x") && new WeakRef([next])];
  for (const link of kinds) {
    let head = {};
    for (let i = 0; i < 200000; i++) head = link(head);
    const ring = { head };
    ring.self = ring;
    head = null;
  }
  return { alive: true };
}
