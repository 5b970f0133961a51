// Each has been the way out of another sandbox.
const NAMES = [
  "async_hooks", "child_process", "cluster", "crypto", "dgram", "diagnostics_channel", "dns", "dns/promises", "domain", "fs", "fs/promises",
  "http", "http2", "https", "inspector", "inspector/promises", "module", "net", "os", "perf_hooks", "process", "punycode", "readline",
  "readline/promises", "repl", "sea", "sqlite", "stream", "stream/promises", "test", "tls", "trace_events", "tty", "v8", "vm", "wasi",
  "worker_threads", "zlib", "constants", "sys", "test/reporters",
];
const UNKNOWN = ["aether:net", "aether:process", "aether:runtime", "aether:native", "aether:vault", "aether:tokens", "aether:host", "aether:",
  "aether:fs/promises", "AETHER:FS", "aether:runtime/start.js", "aether:core", "core", "start", "primordials", "events/../fs", "node:fs/../path", "path/../fs", "node:path/", "NODE:path"];

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const codes = {};
  const odd = [];
  for (const name of NAMES) {
    for (const spelled of [`node:${name}`, name]) {
      const code = await import(spelled).then(() => "worked", (error) => error.code);
      codes[code] = (codes[code] ?? 0) + 1;
      if (code !== "ERR_MODULE_BLOCKED") odd.push([spelled, code]);
    }
  }
  const unknown = new Set();
  for (const name of UNKNOWN) unknown.add(await import(name).then(() => `worked: ${name}`, (error) => error.code));
  const alternative = await import("node:child_process").catch((error) => error.message.length > 40);
  return { odd, blocked: codes.ERR_MODULE_BLOCKED > 60, unknown: [...unknown].sort(), alternative };
}
