// What kind of log a file is, told by its lines and not by its name.

/** A line of each kind. Anchored, without nested repetition: linear in the length of the line. */
const SIGNATURES = [
  [
    "dpkg",
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (?:startup|status|install|upgrade|configure|remove|purge|trigproc|conffile|disappear) /,
  ],
  ["alternatives", /^update-alternatives \d{4}-\d\d-\d\d /],
  [
    "apt-history",
    /^(?:Start-Date|End-Date|Commandline|Requested-By|Install|Reinstall|Upgrade|Downgrade|Remove|Purge|Error): /,
  ],
  ["apt-term", /^Log (?:started|ended): \d{4}-\d\d-\d\d /],
  ["apache-error", /^\[(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d{1,9})? \d{4}\] \[/],
  ["nginx-error", /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]{3,8}\] /],
  ["http-access", /^[0-9A-Za-z][^"]{0,200}\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/],
  ["hadoop", /^\d{6} \d{6} \d{1,9} [A-Z]{4,5} [\w.$]{1,200}: /],
  ["kernel", /^\[ {0,6}\d{1,9}\.\d{6}\] /],
  ["syslog", /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S/],
  ["syslog", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S{0,16} [\w.-]{1,255} [^\s:[]{1,64}(?:\[\d{1,9}\])?: /],
  ["application", /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/],
];

/** Lines looked at, at most. */
const SAMPLE = 50;
/** apt's terminal log says what it is once per run; these lines decide even when they are few. */
const DECISIVE = new Set(["apt-term", "apt-history"]);

/** The kind of a file by the lines at its start; "text" when no kind has a third of them. */
export function detectKind(head) {
  const lines = head
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(0, SAMPLE);
  const votes = new Map();
  for (const line of lines) {
    const kind = SIGNATURES.find(([, pattern]) => pattern.test(line.slice(0, 400)))?.[0];
    if (kind) votes.set(kind, (votes.get(kind) ?? 0) + 1);
  }
  const [kind, count] = [...votes].sort((a, b) => b[1] - a[1])[0] ?? ["text", 0];
  const decisive = [...votes.keys()].find((name) => DECISIVE.has(name));
  return decisive ?? (count * 3 >= lines.length && count > 0 ? kind : "text");
}
