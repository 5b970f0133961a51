// The plain numbers of each file, next to the words grep would look for.

/** Event type, what people call it, and the words that find the same lines (when one search does). */
const FIGURES = [
  ["ssh.failed-password", "failed passwords", "Failed password"],
  ["ssh.break-in", "possible break-in attempts", "POSSIBLE BREAK-IN ATTEMPT"],
  ["ssh.invalid-user", "unknown users", "Invalid user"],
  ["ssh.accepted", "accepted logins", "Accepted "],
  ["ssh.session", "SSH sessions"],
  ["pam.failure", "PAM authentication failures", ": authentication failure;"],
  ["rshell.failure", "failed remote shell logins", "Authentication failed from"],
  ["ftp.connection", "FTP connections", ": connection from "],
  ["ftp.anonymous", "anonymous FTP logins", "ANONYMOUS FTP LOGIN FROM"],
  ["session.opened", "local sessions"],
  ["sudo.command", "sudo commands"],
  ["service.failed", "failed services"],
  ["kernel.oom", "processes killed for memory"],
  ["kernel.disk", "disk errors"],
  ["kernel.crash", "crashes"],
  ["http.request", "requests"],
  ["http.server-error", "server errors (5xx)"],
  ["http.client-error", "client errors (4xx)"],
  ["http.probe", "probing requests"],
  ["log.fatal", "fatal errors"],
  ["log.error", "errors"],
  ["log.warning", "warnings"],
  ["package.installed", "packages installed", " install "],
  ["package.upgraded", "packages upgraded", " upgrade "],
  ["package.removed", "packages removed", " remove "],
  ["apt.run", "runs of apt", "Start-Date: "],
  ["alternative.changed", "default programs changed", " updated to point to "],
];

/** { file, kind, lines, figures: [{ label, count, words? }] } */
export function figuresOf(file) {
  const figures = FIGURES.filter(([type]) => file.count(type) > 0).map(([type, label, words]) => ({
    label,
    count: file.count(type),
    ...(words ? { words } : {}),
  }));
  return { file: file.path, kind: file.kind, lines: file.lines, figures };
}
