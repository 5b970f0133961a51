// examples/docs/logging/main.js
import log from "aether:log";

export default function run(input, ctx) {
  log.info("begins", { items: 3 });         // debug, info, warn, error; the second argument is optional
  ctx.log.warn("the same log, from the context");
  console.log("console writes to it too: %d items", 3);
  return null;
}
