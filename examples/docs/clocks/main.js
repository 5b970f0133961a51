// examples/docs/clocks/main.js
import { monotonic, now, sleep } from "aether:time";

export default async function run(input, ctx) {
  const begun = monotonic();                    // ms, in steps of 0.1
  await sleep(5, { signal: ctx.signal });       // rejects when the time of the call is up
  return {
    slept: monotonic() - begun >= 4.9,
    today: now() > Date.UTC(2020, 0),           // ms since 1970, as Date.now()
  };
}
