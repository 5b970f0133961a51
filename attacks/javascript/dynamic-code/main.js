// Code that is made at run time runs where the other code runs, with nothing more.
const AsyncFunction = (async () => {}).constructor;
const GeneratorFunction = (function* () {}).constructor;
const AsyncGeneratorFunction = (async function* () {}).constructor;

const PROBE = "[typeof process, typeof require, typeof native, typeof std, typeof os, typeof module, typeof __filename].every((t) => t === 'undefined')";

export default async function run(input, ctx) {
  ctx.log.info("armed");
  const inert = [
    eval(PROBE), (0, eval)(PROBE), Function(`return ${PROBE}`)(), new Function(`return ${PROBE}`)(),
    await AsyncFunction(`return ${PROBE}`)(), GeneratorFunction(`return ${PROBE}`)().next().value,
    (await AsyncGeneratorFunction(`return ${PROBE}`)().next()).value,
    Reflect.construct(Function, [`return ${PROBE}`], class {})(),
  ];
  const codes = [];
  const imports = ["data:text/javascript,export default 1", "blob:null/1", "data:application/json,{}", "javascript:1", "aether:eval"];
  for (const name of imports) {
    const direct = await import(name).then(() => "worked", (error) => error.code);
    const indirect = await AsyncFunction("name", "return import(name)")(name).then(() => "worked", (error) => error.code);
    codes.push(direct, indirect);
  }
  const node = await Function("return import('node:child_process')")().then(() => "worked", (error) => error.code);
  return { inert, codes, node };
}
