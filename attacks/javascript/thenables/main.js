// Whoever awaits a plugin's object runs its `then`; whoever calls a method on it runs that.
class Species extends Promise {
  static get [Symbol.species]() { throw new Error("species"); }
  then(...args) { calls++; return super.then(...args); }
}
Object.defineProperty(Species.prototype, "constructor", { get() { calls++; return Species; } });
let calls = 0;

const returned = {
  once: () => ({ then(resolve) { resolve({ settled: 1 }); resolve({ settled: 2 }); throw new Error("late"); } }),
  nested: () => ({ then(resolve) { resolve({ then(again) { again({ settled: 1 }); } }); } }),
  species: () => new Species((resolve) => resolve({ settled: 1 })),
  array: () => { Array[Symbol.species]; return Object.defineProperty([1], "constructor", { get() { throw new Error("read"); } }); },
  getter: () => ({ get then() { throw new Error("then was read"); } }),
  never: () => ({ then() {} }),
};

export default function run({ what }, ctx) {
  ctx.log.info("armed");
  return returned[what]();
}
