// Severity words of many programs, as four levels. "" stands for everything that is not trouble.

const LEVELS = new Map(
  Object.entries({
    emerg: "fatal",
    emergency: "fatal",
    panic: "fatal",
    alert: "fatal",
    crit: "fatal",
    critical: "fatal",
    fatal: "fatal",
    severe: "fatal",
    error: "error",
    err: "error",
    failure: "error",
    warn: "warning",
    warning: "warning",
  }),
);

/** The level a structured log names: "WARN" → "warning", "notice" → "". */
export function levelOf(word) {
  return LEVELS.get(word.toLowerCase()) ?? "";
}

// In free text only these words count, as whole words, near the beginning: "error: …", "… failed".
const TROUBLE = /\b(?:panic|fatal|critical|alert|error|traceback|fail(?:ed|ure)?|warn(?:ing)?)\b/i;
const LOOK_AT = 160;

/** The level free text suggests. */
export function guessLevel(message) {
  const beginning = message.slice(0, LOOK_AT);
  const word = TROUBLE.exec(beginning)?.[0].toLowerCase();
  if (!word) return beginning.includes("Exception") ? "error" : "";
  // "fatal: connection reset" is how some programs end a session: free text is never more than an error.
  return LEVELS.get(word) === "warning" ? "warning" : "error";
}

/** Counts a line of trouble under "log.fatal", "log.error" or "log.warning". */
export function countLevel(tally, level, component) {
  if (level !== "") tally.hit(`log.${level}`, { component });
}

/** The exception a line names, found without a regex: "java.io.IOException" or "exception", or "". */
export function exceptionIn(message) {
  const at = message.search(/exception/i);
  if (at < 0) return "";
  let start = at;
  while (start > 0 && at - start < 100 && isNamePart(message.charCodeAt(start - 1))) start -= 1;
  const name = message.slice(start, at + 9);
  return name.includes(".") || /[a-z]E/.test(name) ? name : "exception";
}

function isNamePart(code) {
  return (
    (code >= 48 && code <= 57) ||
    (code >= 65 && code <= 90) ||
    (code >= 97 && code <= 122) ||
    code === 46 ||
    code === 36 ||
    code === 95
  );
}
