// A reader that recurses runs out of stack.
export default function run({ depth }, ctx) {
  ctx.log.info("armed");
  let value = 1;
  for (let i = 0; i < depth; i++) value = i % 2 ? [value] : { a: value };
  return value;
}
