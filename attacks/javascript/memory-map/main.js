// Tables grow by doubling.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const map = new Map(), set = new Set(), weak = new WeakMap();
  for (let i = 0; ; i++) {
    const key = { i };
    map.set(key, i).set(i, key);
    set.add(key);
    weak.set(key, key);
  }
}
