// Each line costs more than its text.
import log from "aether:log";

export default function run(input, ctx) {
  ctx.log.info("armed");
  const fields = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`field${i}`, i]));
  for (;;) {
    log.debug("");
    log.error("", {});
    log.info("", fields);
  }
}
