// A formatter that asks an object how it wants to look runs the object's code.
export default function run(input, ctx) {
  ctx.log.info("armed");
  const called = new Set();
  const trap = (name) => () => { called.add(name); return name; };
  const hooked = {
    [Symbol.for("nodejs.util.inspect.custom")]: trap("custom"),
    inspect: trap("inspect"),
    toString: trap("toString"),
    toJSON: trap("toJSON"),
    valueOf: trap("valueOf"),
    [Symbol.toPrimitive]: trap("toPrimitive"),
    get [Symbol.toStringTag]() { called.add("tag"); return "x"; },
    get constructor() { called.add("constructor"); return Object; },
    get length() { called.add("length"); return 1e9; },
    get secret() { called.add("getter"); return 1; },
    *[Symbol.iterator]() { called.add("iterator"); },
  };
  class Tricky extends Map { get size() { called.add("size"); return 1e9; } entries() { called.add("entries"); return []; } forEach() { called.add("forEach"); } }
  const list = [hooked, new Tricky([[1, 2]]), Object.assign([1], { toString: trap("array") }), new Proxy({}, { get: trap("proxy"), ownKeys: () => { called.add("keys"); return []; } })];
  for (const value of list) {
    console.log(value);
    console.error("%o %O %s", value, value, value);
    console.dir(value);
    ctx.log.warn(value);
  }
  return { called: [...called].sort() };
}
