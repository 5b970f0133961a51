// People who try to get in by trying.

import { COUNT, DENSEST, FIRST, LAST, finding, severityBy, table, topTable, value, worseOf } from "../finding.js";
import { distinct, top } from "../logs.js";
import { count, countDistinct, lead, number, percent, period } from "../words.js";

/** From this many failures per minute and address on, nobody is typing. */
const BURST_PER_MINUTE = 10;
const GUESSING = { high: 100, medium: 20 };
const BURST = { high: 30, medium: BURST_PER_MINUTE };

/** Failed logins, unknown users, break-in warnings and bursts of one file. */
export function guessing(file) {
  return [passwords(file), bursts(file), breakIn(file), unknownUsers(file), pam(file), others(file)]
    .flat()
    .filter(Boolean);
}

function passwords(file) {
  const event = file.event("ssh.failed-password");
  if (!event) return null;
  const [worst] = top(event, "address");
  const addresses = distinct(event, "address");
  const users = distinct(event, "user");
  return finding({
    rule: "password-guessing",
    severity: worseOf(severityBy(event.count, GUESSING), severityBy(densest(event), BURST)),
    file,
    event,
    title: event.count >= GUESSING.medium ? "Password guessing over SSH" : "Failed SSH passwords",
    short: `${count(event.count, "failed password")}${lead(event, worst, addresses)}`,
    summary: [
      `${count(event.count, "failed password")} for ${countDistinct(users, "user name")} from ${countDistinct(addresses, "address", "addresses")}.`,
      worst.count * 50 < event.count || worst.count === event.count
        ? ""
        : `${percent(worst.count, event.count)} came from ${worst.value} alone, which tried ${count(worst.partners ?? 1, "user name")}.`,
      repeatsOf(event),
      outcome(file),
    ]
      .filter(Boolean)
      .join(" "),
    tables: [
      topTable("By address", event, "address", [
        value("Address"),
        ["Failed passwords", "count", (item) => item.count],
        ["Users tried", "count", (item) => item.partners],
        FIRST,
        LAST,
        DENSEST,
      ]),
      topTable("By user", event, "user", [value("User"), ["Failed passwords", "count", (item) => item.count], LAST]),
      topTable("Existing and unknown users", event, "account", [["User", "words", (item) => item.value], COUNT]),
    ],
    checks: [
      { words: ["Failed password"], count: event.count },
      ...(addresses.atLeast ? [] : [{ words: ["Failed password", `from ${worst.value}`], count: worst.count }]),
    ],
    advice:
      event.count >= GUESSING.medium
        ? "Allow keys only (PasswordAuthentication no), or let fail2ban or the firewall keep such addresses out."
        : "",
  });
}

/** grep counts lines; some lines stand for several attempts. */
function repeatsOf(event) {
  return event.attempts
    ? `Some lines stand for repeats ("message repeated N times"): the ${number(event.count)} lines are ${number(event.attempts)} attempts.`
    : "";
}

function outcome(file) {
  const accepted = file.event("ssh.accepted");
  if (!accepted) return "No login was accepted in this file.";
  const listed = accepted.records ?? [];
  const after = listed.filter(({ failuresBefore }) => failuresBefore > 0).length;
  if (after > 0 || listed.length < accepted.count) return "";
  return `${count(accepted.count, "login was", "logins were")} accepted, none from an address that had failed before.`;
}

/** Minutes in which one address failed faster than people type. */
function bursts(file) {
  const event = file.event("ssh.failed-password");
  const minutes = top(event, "address").flatMap(({ value: address, busiest = [] }) =>
    busiest.filter((minute) => minute.count >= BURST_PER_MINUTE).map((minute) => ({ address, ...minute })),
  );
  if (minutes.length === 0) return null;
  minutes.sort((a, b) => b.count - a.count || a.at - b.at);
  const [worst] = minutes;
  const addresses = new Set(minutes.map(({ address }) => address)).size;
  return finding({
    rule: "brute-force-burst",
    severity: severityBy(worst.count, BURST),
    file,
    event: { ...event, ...spanOf(minutes) },
    title: "Brute-force bursts",
    short: `bursts of up to ${worst.count} failed passwords a minute from ${count(addresses, "address", "addresses")}`,
    summary:
      `${worst.address} failed ${worst.count} times within the minute of ${worst.minute}. ` +
      `${BURST_PER_MINUTE} failures a minute from one address are a program, not a person.`,
    tables: [
      table("Densest minutes", minutes, [
        ["Minute", "time", (item) => item.minute],
        ["Address", "value", (item) => item.address],
        ["Failed passwords", "count", (item) => item.count],
      ]),
    ],
    checks: minuteInLog(worst.minute).map((minute) => ({
      words: ["Failed password", minute, `from ${worst.address}`],
      count: worst.count,
    })),
    timeline: false,
  });
}

/** How many lines the minutes hold, and the first and last of them. */
function spanOf(minutes) {
  const times = [...minutes].sort((a, b) => a.at - b.at);
  return {
    count: minutes.reduce((sum, { count: lines }) => sum + lines, 0),
    first: times[0].minute,
    last: times[times.length - 1].minute,
  };
}

/** The most failures of one address within a minute. */
function densest(event) {
  return Math.max(0, ...top(event, "address").map(({ busiest }) => busiest?.[0].count ?? 0));
}

/** "Jul 03 10:05" as a syslog line begins: "Jul  3 10:05". Times with a year may stand there in other ways. */
function minuteInLog(minute) {
  return /^[A-Z]/.test(minute) ? [minute.replace(/ 0(?=\d )/, "  ")] : [];
}

function breakIn(file) {
  const event = file.event("ssh.break-in");
  if (!event) return null;
  const [worst] = top(event, "address");
  const guessers = new Set(top(file.event("ssh.failed-password"), "address").map(({ value: address }) => address));
  const both = top(event, "address").filter(({ value: address }) => guessers.has(address));
  const lines = both.reduce((sum, item) => sum + item.count, 0);
  return finding({
    rule: "break-in-attempt",
    severity: severityBy(lines, { high: 20 }) === "high" ? "high" : severityBy(event.count, { medium: 10 }),
    file,
    event,
    title: "Possible break-in attempts",
    short: `${count(event.count, "possible break-in attempt")}${lead(event, worst, distinct(event, "address"))}`,
    summary: [
      `sshd wrote POSSIBLE BREAK-IN ATTEMPT ${count(event.count, "time")} about ${countDistinct(distinct(event, "address"), "address", "addresses")}:`,
      "the name of the address does not lead back to it.",
      both.length > 0
        ? `${number(both.length)} of these addresses also failed to log in, so this is more than careless DNS.`
        : "Alone that is often careless DNS.",
    ].join(" "),
    tables: [
      topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST]),
      topTable("Names they claimed", event, "host", [value("Host"), COUNT]),
    ],
    checks: [{ words: ["POSSIBLE BREAK-IN ATTEMPT"], count: event.count }],
  });
}

/** Unknown users; with failed passwords in the same file they are part of the same story. */
function unknownUsers(file) {
  const event = file.event("ssh.invalid-user");
  if (!event) return null;
  const guessed = file.count("ssh.failed-password") > 0;
  return finding({
    rule: "unknown-users",
    severity: guessed ? severityBy(event.count, { medium: 50 }) : severityBy(event.count, GUESSING),
    file,
    event,
    title: "Users that do not exist",
    short: `${count(event.count, "try", "tries")} with ${countDistinct(distinct(event, "user"), "unknown user name")}`,
    summary: `${count(event.count, "login was", "logins were")} tried with user names this machine does not have. Names like these come from lists.`,
    tables: [
      topTable("Names tried", event, "user", [value("User"), COUNT, LAST]),
      topTable("By address", event, "address", [
        value("Address"),
        COUNT,
        ["Names tried", "count", (item) => item.partners],
        FIRST,
        LAST,
      ]),
    ],
    checks: [{ words: ["Invalid user"], count: event.count }],
  });
}

/** PAM's own lines. Where sshd logs failed passwords they tell of the same attempts and are not a second finding. */
function pam(file) {
  const event = file.event("pam.failure");
  if (!event || file.count("ssh.failed-password") > 0) return null;
  const [worst] = top(event, "address");
  const user = top(event, "user")[0];
  return finding({
    rule: "authentication-failures",
    severity: severityBy(event.count, GUESSING),
    file,
    event,
    title: "Authentication failures recorded by PAM",
    short: `${count(event.count, "authentication failure")} (PAM)${lead(event, worst, distinct(event, "address"))}`,
    summary: [
      `${count(event.count, "authentication failure")} from ${countDistinct(distinct(event, "address"), "host")}.`,
      user ? `The user most often tried was ${user.value} (${number(user.count)}).` : "",
      'These are PAM\'s lines ("authentication failure; … rhost="); this file has no "Failed password" lines of sshd.',
    ]
      .filter(Boolean)
      .join(" "),
    tables: [
      topTable("By host", event, "address", [
        value("Host"),
        COUNT,
        ["Users tried", "count", (item) => item.partners],
        FIRST,
        LAST,
        DENSEST,
      ]),
      topTable("By user", event, "user", [value("User"), COUNT, LAST]),
      topTable("By service", event, "service", [value("Service"), COUNT]),
    ],
    checks: [
      { words: [": authentication failure;"], count: event.count },
      ...(worst ? [{ words: [": authentication failure;", `rhost=${worst.value}`], count: worst.count }] : []),
    ],
  });
}

/** Other doors: remote shells, mail, sudo, su, the console. */
const DOORS = [
  ["rshell.failure", "remote-shell-failures", "Failed logins to a remote shell", "failed remote shell login"],
  ["mail.failed-login", "mail-logins", "Failed logins to the mail server", "failed mail login"],
  ["sudo.refused", "sudo-refused", "sudo was refused", "refused sudo"],
  ["su.failed", "su-failed", "Failed su", "failed su"],
  ["console.failed", "console-failed", "Failed logins at the console", "failed console login"],
];

function others(file) {
  return DOORS.map(([type, rule, title, words]) => {
    const event = file.event(type);
    if (!event) return null;
    const [worst] = top(event, "address");
    return finding({
      rule,
      severity: severityBy(event.count, { high: 200, medium: 20 }),
      file,
      event,
      title,
      short: `${count(event.count, words)}${lead(event, worst, distinct(event, "address"))}`,
      summary: `${count(event.count, words)}${period(event)}.`,
      tables: [
        topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST, DENSEST]),
        topTable("By user", event, "user", [value("User"), COUNT, LAST]),
      ],
    });
  });
}
