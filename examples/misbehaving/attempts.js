// Tries something and says what came of it.

/** { what, outcome: "refused" | "absent" | "failed" | "worked", code?, message?, fix? } */
export async function attempt(what, action) {
  try {
    const result = await action();
    return result === undefined ? { what, outcome: "absent" } : { what, outcome: "worked" };
  } catch (error) {
    const refused = error.code === "ERR_ACCESS_DENIED" || error.code === "ERR_MODULE_BLOCKED";
    return {
      what,
      outcome: refused ? "refused" : "failed",
      code: String(error.code ?? error.name),
      message: String(error.message).slice(0, 200),
      ...(error.fix ? { fix: String(error.fix) } : {}),
    };
  }
}

/** All attempts and how many of each outcome. */
export function summarise(attempts) {
  const counts = {};
  for (const { outcome } of attempts) counts[outcome] = (counts[outcome] ?? 0) + 1;
  const worked = counts.worked ?? 0;
  return {
    headline:
      worked === 0 ? `${attempts.length} attempts, none worked` : `${worked} of ${attempts.length} attempts worked`,
    counts,
    attempts,
  };
}
