// syslog: "Dec 10 06:55:46 host program[pid]: message". The program decides which rules apply.

import { sshd } from "./sshd.js";
import { login, pam } from "./login.js";
import { kernel } from "./kernel.js";
import { services } from "./services.js";
import { guessLevel, countLevel } from "../levels.js";
import { template } from "../template.js";
import { clean } from "../text.js";

/** Rules by program. A rule that knows a line counts it and returns its template, otherwise "". */
const BY_PROGRAM = new Map([
  ["sshd", sshd],
  ["sshd-session", sshd],
  ["kernel", kernel],
]);
const AUTH_PROGRAMS = new Set([
  "sshd",
  "sshd-session",
  "sudo",
  "su",
  "login",
  "passwd",
  "useradd",
  "polkitd",
  "systemd-logind",
]);
const REPEATED = "message repeated ";

/** Handler for syslog files. */
export function syslog(tally) {
  return (line) => {
    if (line === "") return;
    const start = tally.time(line);
    const { program, service, message } = split(line, start);
    tally.program(program);

    let text = message;
    let attempts = 1;
    if (text.startsWith(REPEATED)) ({ text, attempts } = unfold(text));

    const rule = BY_PROGRAM.get(program);
    const known =
      rule?.(tally, text, attempts) ||
      pam(tally, text, attempts, service) ||
      (rule !== kernel && (login(tally, text, attempts, program) || services(tally, text, program)));
    const level = known ? "" : guessLevel(text);
    countLevel(tally, level, program);
    tally.message(program, level, known || template(text));
  };
}

/** "host program(detail)[pid]: message"; a line without a program is a message of "". */
function split(line, start) {
  const afterHost = start === 0 ? 0 : line.indexOf(" ", start) + 1;
  const colon = line.indexOf(": ", afterHost);
  // A tag is short; a colon further on belongs to the message.
  if (colon < 0 || colon - afterHost > 80) return { program: "", service: "", message: line.slice(afterHost) };
  const tag = line.slice(afterHost, colon).trim();
  const bracket = tag.indexOf("[");
  const service = bracket < 0 ? tag : tag.slice(0, bracket);
  const paren = service.indexOf("(");
  const program = clean(paren > 0 ? service.slice(0, paren) : service, 40);
  return { program, service: program, message: line.slice(colon + 2) };
}

/** rsyslog's "message repeated 5 times: [ Failed password …]" is one line that stands for five events. */
function unfold(message) {
  const open = message.indexOf(": [ ");
  if (open < 0 || !message.endsWith("]")) return { text: message, attempts: 1 };
  // Four digits at most: a number beyond that is a forgery or a fault.
  const times = /^(\d{1,4}) times$/.exec(message.slice(REPEATED.length, open))?.[1];
  return { text: message.slice(open + 4, -1), attempts: Math.max(Number(times ?? 1), 1) };
}

/** What a syslog file mostly holds. */
export function syslogLabel(tally) {
  let all = 0;
  let auth = 0;
  for (const [program, count] of tally.programs) {
    all += count;
    if (AUTH_PROGRAMS.has(program)) auth += count;
  }
  const share = (name) => (tally.programs.get(name) ?? 0) / all;
  if (share("sshd") + share("sshd-session") > 0.8) return "syslog, sshd";
  if (share("kernel") > 0.9) return "syslog, kernel";
  return auth / all > 0.5 ? "syslog, authentication" : "syslog";
}
