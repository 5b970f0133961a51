// Names are kept in a table of their own.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const object = {};
  for (let i = 0; ; i++) {
    object[`name ${i}`] = Symbol.for(`symbol ${i}`);
    object[Symbol(i)] = i;
  }
}
