import { send } from "./send.js";
import type { Question } from "./types.js";

/** The questions that wait for a person. Permission `aether:prompt`. */
export function questions(): Promise<Question[]> {
  return send("questions");
}

/**
 * Answers a question. False when it was over already: its time had run out, or somebody else was
 * quicker. Permission `aether:prompt`.
 */
export function respond(id: number, allow: boolean): Promise<boolean> {
  return send("respond", { id, allow });
}
