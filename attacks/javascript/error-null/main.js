// The engine has a null of its own; a plugin's must not be taken for it.
const nothing = { value: null };

export default function run(input, ctx) {
  ctx.log.info("armed");
  throw nothing.value;
}
