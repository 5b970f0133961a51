// What is data here must stay data there.
export default function run({ what }, ctx) {
  ctx.log.info("armed");
  if (what === "own") return JSON.parse('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":1,"":2,"\\u0000":3}');
  if (what === "raw") return JSON.rawJSON ? { raw: JSON.rawJSON('"x"'), more: (() => { try { return JSON.rawJSON('{"a":1,"a":2}'); } catch { return "refused"; } })() } : { more: "refused" };
  // A proxy may not report a key twice; a list that is no list may try.
  return new Proxy({}, { ownKeys: () => ["a", "a"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
}
