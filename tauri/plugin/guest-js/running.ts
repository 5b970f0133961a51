import { send } from "./send.js";
import type { Interactions, Metrics, Started } from "./types.js";

/**
 * Starts a plugin in a cell of its own. The result says which protections are in force.
 * Permission `aether:use`, with the plugin in its scope.
 */
export function start(name: string): Promise<Started> {
  return send("start", { name });
}

/** Stops a plugin. `ending` says how it ended. Permission `aether:use`. */
export function stop(name: string): Promise<{ ending: string }> {
  return send("stop", { name });
}

/** Stops a plugin and starts it again, with the rights it has now. Permission `aether:use`. */
export function restart(name: string): Promise<Started> {
  return send("restart", { name });
}

/** Gives back what the monitor took, and lets a plugin that rests be started again. Permission `aether:manage`. */
export async function restore(name: string): Promise<void> {
  await send("restore", { name });
}

/** What the running plugins use now. Permission `aether:default`. */
export function metrics(): Promise<Metrics> {
  return send("metrics");
}

/** Who called whom, and who reached what. Permission `aether:default`. */
export function interactions(): Promise<Interactions> {
  return send("interactions");
}
