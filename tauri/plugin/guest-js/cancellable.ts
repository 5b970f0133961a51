import { AetherError } from "./errors.js";
import { send } from "./send.js";

/** Starts a call under a fresh id. When `signal` is aborted, rejects at once and has the call cancelled. */
export function cancellable<T>(
  signal: AbortSignal | undefined,
  start: (id: string) => Promise<T>,
): Promise<T> {
  if (!signal) return start(crypto.randomUUID());
  if (signal.aborted) return Promise.reject(cancelled(signal));
  return new Promise<T>((resolve, reject) => {
    const id = crypto.randomUUID();
    const onAbort = () => {
      reject(cancelled(signal));
      // The caller has its answer. That the call was over already, or cannot be cancelled, changes nothing.
      send("cancel", { call: id }).catch(() => {});
    };
    const forget = () => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    start(id).then(resolve, reject).finally(forget);
  });
}

function cancelled(signal: AbortSignal): AetherError {
  return new AetherError("cancelled", "The call was cancelled.", null, signal.reason);
}
