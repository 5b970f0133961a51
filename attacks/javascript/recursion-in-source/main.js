// The module itself is sound; what it imports is not.
export default async function run(input, ctx) {
  ctx.log.info("armed");
  const names = [];
  for (const name of ["./parentheses.js", "./deep.json", "./circle.js"]) names.push(await import(name, name.endsWith("json") ? { with: { type: "json" } } : undefined).then(() => "worked", (error) => error.name));
  return names;
}
