// What reads an error must not run its code for ever, trust its types or take all of its text.
class Disguise extends Error {
  get name() { this.reads = (this.reads ?? 0) + 1; return "N".repeat(1e6); }
  get message() { return "m".repeat(4e6); }
  get code() { return { toString() { throw new Error("read twice"); } }; }
  get permission() { throw this; }
  get resource() { return Symbol("resource"); }
  get fix() { return new Proxy({}, {}); }
  get cause() { return new Disguise(); }
  get stack() { return "at aether://plugin/main.js:1:1\n".repeat(1e5); }
  toString() { throw "toString"; }
  [Symbol.toPrimitive]() { throw "toPrimitive"; }
  toJSON() { throw "toJSON"; }
}

export default function run(input, ctx) {
  ctx.log.info("armed");
  const error = new Disguise();
  Object.defineProperty(error, "kind", { value: "timeout" });
  throw error;
}
