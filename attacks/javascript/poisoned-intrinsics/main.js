// What the runtime hands to a poisoned function, or stores through a poisoned setter, is seen here.
import * as fs from "aether:fs";
import * as kv from "aether:kv";

const seen = [];
const own = new WeakSet();
const note = (where, values) => {
  for (const value of values) {
    if (typeof value === "function" && !own.has(value) && !/^(class|function|async)?.*\[native code\]/s.test(source(value))) {
      seen.push(`${where}: ${source(value).slice(0, 80)}`);
    }
  }
};
const toString = Function.prototype.toString;
const apply = Reflect.apply;
const source = (value) => apply(toString, value, []);

const poison = (object, path) => {
  for (const key of Reflect.ownKeys(object)) {
    const found = Object.getOwnPropertyDescriptor(object, key);
    if (typeof found.value !== "function" || key === "constructor" || !found.configurable) continue;
    const real = found.value;
    const fake = function (...args) {
      note(`${path}.${String(key)}`, [this, ...args]);
      return new.target ? Reflect.construct(real, args, new.target) : apply(real, this, args);
    };
    own.add(fake);
    found.value = fake;
    jobs.push(() => Object.defineProperty(object, key, found));
  }
};
const jobs = [];

export default async function run(input, ctx) {
  ctx.log.info("armed");
  for (const name of ["Object", "Reflect", "JSON", "Math", "Promise", "Symbol", "Number", "Date", "BigInt", "ArrayBuffer"]) {
    poison(globalThis[name], name);
  }
  for (const name of ["Map", "Set", "WeakMap", "WeakSet", "Promise", "String", "RegExp", "Error", "Uint8Array", "DataView", "Function"]) {
    poison(globalThis[name].prototype, name);
  }
  poison(Object.getPrototypeOf(Uint8Array.prototype), "TypedArray");
  for (const name of ["0", "1", "length", "get", "set", "value", "kind", "id", "resolve", "reject", "then"]) {
    jobs.push(() => Object.defineProperty(Object.prototype, name, {
      configurable: true,
      get() { return undefined; },
      set(value) { note(`Object.prototype.${name}=`, [value, this]); },
    }));
    if (name !== "length") {
      jobs.push(() => Object.defineProperty(Array.prototype, name, {
        configurable: true,
        get() { return undefined; },
        set(value) { note(`Array.prototype.${name}=`, [value, this]); },
      }));
    }
  }
  for (const job of jobs) { try { job(); } catch {} }

  const codes = [];
  for (const act of [
    () => fs.readText("/etc/shadow"), () => fs.list("/"), () => fs.writeText("/etc/passwd", "x"), () => import("node:net"),
    () => kv.set("a", { b: 1 }), () => kv.get("a"), () => fs.readText("./public/readme.txt"), () => fs.writeText("./out/a", "b"),
  ]) {
    try { await act(); codes[codes.length] = "worked"; } catch (error) { codes[codes.length] = error.code; }
  }
  console.log("%s", { a: [1, 2], b: new Map([[1, 2]]) });
  new URL("http://a/?b").searchParams.append("x", "y");
  structuredClone({ a: [new Date(), new Map()] });
  new TextDecoder().decode(new TextEncoder().encode("x"));
  return { seen, codes };
}
