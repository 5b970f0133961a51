import { send } from "./send.js";
import type { Answers, Inspection, Installed, Plugin, Review, Right } from "./types.js";

/** All installed plugins. Permission `aether:default`. */
export function list(): Promise<Plugin[]> {
  return send("list");
}

/** All that is known of one plugin. Permission `aether:default`. */
export function inspect(name: string): Promise<Inspection> {
  return send("inspect", { name });
}

/** Where a plugin comes from: a folder or an archive on this machine, as an absolute path. */
export type Source = { folder: string; archive?: never } | { archive: string; folder?: never };

/**
 * Reads a plugin without installing it. Show the result to a person, then `install` or `discardReview`.
 *
 * Nothing is written. The app keeps the bytes that were read, so what is installed is what was reviewed,
 * whatever becomes of the source. Permission `aether:manage`.
 */
export function review(source: Source): Promise<Review> {
  return send("review", { source });
}

/** As `review`, for an update that waits because it asks for more. Permission `aether:manage`. */
export function reviewWaiting(name: string): Promise<Review> {
  return send("review_waiting", { name });
}

/** Lets the app forget the bytes of a review that led to nothing. Permission `aether:manage`. */
export async function discardReview(ticket: number): Promise<void> {
  await send("discard_review", { ticket });
}

/**
 * Installs what was reviewed, with a person's answers. With the ticket of `reviewWaiting` it accepts the
 * update that waits. Permission `aether:manage`.
 */
export function install(ticket: number, answers: Answers): Promise<Installed> {
  return send("install", { ticket, answers });
}

/** Removes an update that waits. The installed version stays. Permission `aether:manage`. */
export async function reject(name: string, digest: string): Promise<void> {
  await send("reject", { name, digest });
}

/** Whether the plugin runs. If so, it goes on as it was started until it is started again. */
export interface Standing {
  running: boolean;
}

/**
 * Grants a right that the manifest asks for. It counts from the next start; `running` says whether there
 * is something to restart. Permission `aether:manage`.
 */
export function grant(name: string, right: Right): Promise<Standing> {
  return send("grant", { name, right });
}

/** Takes a right away, from the next start on. Permission `aether:manage`. */
export function revoke(name: string, right: Right): Promise<Standing> {
  return send("revoke", { name, right });
}

/** Lets a plugin be started. Permission `aether:manage`. */
export function enable(name: string): Promise<Standing> {
  return send("enable", { name });
}

/** Keeps a plugin from being started. Permission `aether:manage`. */
export function disable(name: string): Promise<Standing> {
  return send("disable", { name });
}

/** Stops a plugin and removes it. Permission `aether:manage`. */
export async function uninstall(name: string): Promise<void> {
  await send("uninstall", { name });
}
