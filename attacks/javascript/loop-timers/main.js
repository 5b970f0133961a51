// There is always something left that could settle it.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const spin = () => setTimeout(spin, 0);
  const whirl = () => setImmediate(whirl);
  setInterval(() => {}, 0);
  spin();
  whirl();
  await new Promise(() => {});
}
