// QuickJS can open files and start programs by itself, where it is built with them.
const NAMES = ["std", "os", "bjson", "qjs:std", "qjs:os", "qjs:bjson", "process", "require", "module", "exports", "__dirname", "__filename",
  "Deno", "Bun", "Worker", "SharedWorker", "ServiceWorker", "importScripts", "XMLHttpRequest", "WebSocket", "EventSource", "WebAssembly",
  "SharedArrayBuffer", "Atomics", "ShadowRealm", "print", "load", "read", "readline", "quit", "gc", "evalScript", "loadScript", "loadFile", "scriptArgs",
  "argv0", "global", "GLOBAL", "root", "window", "document", "navigator", "location", "localStorage", "indexedDB", "caches", "__loadScript",
  "$262", "Java", "Packages", "java", "ActiveXObject", "WScript", "chrome", "browser", "drainJobQueue", "InternalError_", "native", "P", "need", "__native"];

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const found = NAMES.filter((name) => name in globalThis);
  const worked = [];
  for (const name of ["std", "os", "bjson", "qjs:std", "qjs:os", "qjs:bjson"]) {
    await import(name).then(() => worked.push(name), () => {});
  }
  return { found, worked, looked: NAMES.length > 50 };
}
