// Waiting for conditions. Nothing here waits for a fixed time: machines that run tests are slow at times.

import { setTimeout } from "node:timers/promises";

/** How long anything may take. Generous, since a loaded machine with two cores has to make it. */
export const DEADLINE_MS = Number(process.env.E2E_DEADLINE_MS ?? 60_000);

const STEP_MS = 50;

/**
 * Probes until the answer is truthy, and gives it. A probe that throws has not succeeded yet; the last answer
 * or error stands in the message when the time is up. `details` adds what the page shows.
 */
export async function until(what, probe, { ms = DEADLINE_MS, details } = {}) {
  const end = Date.now() + ms;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= end) throw new Error(await report(what, ms, last, details));
    await pause(STEP_MS);
  }
}

async function report(what, ms, last, details) {
  const seen = last instanceof Error ? last.message : JSON.stringify(last);
  const more = details ? `\n${await details().catch((error) => `no more is known: ${error.message}`)}` : "";
  return `not within ${ms / 1000} s: ${what}; the last answer was ${seen}${more}`;
}

/** `{ ref: false }` lets the program end before that. */
export function pause(ms, options) {
  return setTimeout(ms, undefined, options);
}
