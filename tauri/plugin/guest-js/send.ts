import { invoke } from "@tauri-apps/api/core";
import { toAetherError } from "./errors.js";

/** Runs a command of the plugin. Rejects with an AetherError only. */
export async function send<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(`plugin:aether|${command}`, args);
  } catch (reason) {
    throw toAetherError(reason);
  }
}

/** Leaves out what is undefined, so that an option that was not given is not sent. */
export function given(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
