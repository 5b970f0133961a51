// examples/docs/methods/main.js
// Every exported function is a method. It gets the input (JSON) and a context, and returns JSON.
export function add({ a, b }) {
  return { sum: a + b };
}

// A method may be asynchronous.
export async function later({ ms = 1 } = {}) {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return "done";
}

// The context of the call.
export async function about(input, ctx) {
  ctx.progress(0.5, "half way");
  return {
    plugin: ctx.plugin,                             // { name, version } of the manifest
    method: ctx.method,                             // "about"
    left: ctx.deadline > Date.now(),                // the end of the call, in ms since 1970
    aborted: ctx.signal.aborted,                    // an AbortSignal: its time is up, or it is cancelled
  };
}

// The default export is the method `run`. No return value becomes null.
export default function run() {}
