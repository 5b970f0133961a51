// The smallest useful plugin.
//
//   aether call examples/hello hello --input '{"name": "Ada"}'
//   {"greeting":"Hello, Ada!"}

/** Greets by name. Every exported function is a method the host can call. */
export function hello({ name = "world" } = {}) {
  return { greeting: `Hello, ${name}!` };
}

/** The default export is the method `run`: what `aether run examples/hello` calls. */
export default function run(input, ctx) {
  ctx.log.info("greeting", { plugin: ctx.plugin.name });
  return hello(input ?? {});
}
