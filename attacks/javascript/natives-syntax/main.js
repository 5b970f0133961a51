export default async function run(input, ctx) {
  ctx.log.info("armed");
  const worked = [];
  for (const name of ["DebugPrint", "SystemBreak", "GetOptimizationStatus", "ArrayBufferDetach", "CollectGarbage", "Abort", "SetFlags", "TypedArraySet"]) {
    for (const call of [`%${name}()`, `%${name}({})`, `(() => { %${name}(1); })()`]) {
      for (const run of [(code) => eval(code), (code) => new Function(code)(), (code) => new RegExp(code) && eval(`(${code})`)]) {
        try { run(call); worked.push(call); } catch (error) { if (error.name !== "SyntaxError") worked.push(`${call}: ${error.name}`); }
      }
    }
  }
  const names = ["gc", "print", "load", "read", "quit", "d8", "version", "Realm", "performance.mark", "externalizeString", "Worker"];
  for (const name of names) if (name.split(".").reduce((of, part) => of?.[part], globalThis) !== undefined) worked.push(name);
  return worked;
}
