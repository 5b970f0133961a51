export default async function run(input, ctx) {
  ctx.log.info("armed");
  debugger;
  eval("debugger");
  const found = [];
  for (const name of ["profile", "profileEnd", "takeHeapSnapshot", "context", "memory", "timeStamp"]) if (typeof console[name] === "function") console[name]("x");
  for (const name of ["node:inspector", "inspector", "node:v8", "node:vm", "node:repl"]) {
    await import(name).then(() => found.push(name), (error) => { if (error.code !== "ERR_MODULE_BLOCKED") found.push(`${name} ${error.code}`); });
  }
  return found;
}
//# sourceMappingURL=file:///etc/passwd
//# sourceURL=file:///etc/passwd
