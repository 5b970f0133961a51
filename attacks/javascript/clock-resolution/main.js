// Shared memory is a clock; without it and with coarse timers there is none.
import * as time from "aether:time";

const smallest = (now) => {
  let least = Infinity;
  for (let i = 0, last = now(); i < 50000; i++) {
    const at = now();
    if (at !== last) least = Math.min(least, at - last);
    last = at;
  }
  return least;
};

export default function run(input, ctx) {
  ctx.log.info("armed");
  const steps = [smallest(() => performance.now()), smallest(() => time.monotonic()), smallest(() => Date.now()), smallest(() => time.now())];
  const sources = ["SharedArrayBuffer", "Atomics", "WebAssembly", "Worker", "MessageChannel", "BroadcastChannel"];
  return {
    // Milliseconds; a little less for the rounding of sums.
    coarse: steps.map((step) => step >= 0.0999),
    shared: sources.filter((name) => name in globalThis),
    grown: (() => { try { return structuredClone(new ArrayBuffer(8, { maxByteLength: 16 })).constructor.name; } catch (error) { return error.name; } })(),
    hidden: [typeof Object.getPrototypeOf(Int8Array).SharedArrayBuffer, typeof performance.timeOrigin],
  };
}
