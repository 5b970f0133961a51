// Bytecode is native code in all but name.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const outcomes = {};
  for (const name of ["./code.qbc", "./code.so", "./code.wasm", "./code.node", "./zero.js", "./latin1.js"]) {
    outcomes[name] = await import(name).then(() => "worked", (error) => error.name);
  }
  const globals = ["bjson", "std", "os", "loadScript", "evalScript", "print", "scriptArgs", "WebAssembly", "require", "process", "gc", "Worker"];
  return { outcomes, globals: globals.filter((name) => typeof globalThis[name] !== "undefined") };
}
