import { given, send } from "./send.js";
import type { Applied, Change } from "./types.js";

/** The changes to files that a plugin made and that wait. Permission `aether:use`. */
export function changes(name: string): Promise<Change[]> {
  return send("changes", { name });
}

/**
 * Writes changes to disk: those at `paths`, or all of them. A file that has changed in the meantime is a
 * conflict and is left alone. Permission `aether:manage`.
 */
export function apply(name: string, paths?: string[]): Promise<Applied[]> {
  return send("apply", { name, ...given({ paths }) });
}

/** Forgets all changes that wait, and says how many there were. Permission `aether:manage`. */
export function discard(name: string): Promise<number> {
  return send("discard", { name });
}
