// Who got in, and whether somebody had been guessing before.

import { COUNT, FIRST, LAST, finding, table, topTable, value } from "../finding.js";
import { distinct, top } from "../logs.js";
import { count, countDistinct, number } from "../words.js";

/** A person may mistype a password this often before getting it right. */
const TYPING_ERRORS = 4;
/** So many sessions of one user within a minute are not one person at a keyboard. */
const SESSIONS_PER_MINUTE = 3;

/** Accepted logins of one file. */
export function logins(file, logs) {
  return [accepted(file, logs), sessions(file)].flat().filter(Boolean);
}

function accepted(file, logs) {
  const event = file.event("ssh.accepted");
  if (!event) return [];
  const records = (event.records ?? []).map((record) => ({
    ...record,
    failures: record.failuresBefore + failedElsewhere(record, file, logs),
  }));
  const suspicious = records.filter(({ failures }) => failures > TYPING_ERRORS);
  const others = records.filter(({ failures }) => failures <= TYPING_ERRORS);
  const columns = [
    ["Time", "time", (item) => item.time],
    ["User", "value", (item) => item.user],
    ["Address", "value", (item) => item.address],
    ["Method", "value", (item) => item.method],
    ["Failures before", "count", (item) => item.failures],
  ];
  const found = [];
  if (suspicious.length > 0) {
    suspicious.sort((a, b) => b.failures - a.failures);
    const [worst] = suspicious;
    found.push(
      finding({
        rule: "login-after-guessing",
        severity: "critical",
        file,
        event: span(suspicious),
        title: "A login succeeded after many failures",
        short: `${worst.user} logged in from ${worst.address} after ${count(worst.failures, "failed password")}`,
        summary: [
          suspicious.length === 1
            ? "A login was accepted from an address"
            : `${number(suspicious.length)} logins were accepted from addresses`,
          `that had failed more than ${TYPING_ERRORS} times before.`,
          `Treat ${suspicious.length === 1 ? "this account" : "these accounts"} as taken until you know better.`,
        ].join(" "),
        tables: [table("Logins", suspicious, columns, 20)],
        checks: acceptedFrom(event, worst.address),
        advice: "Ask the owner of the account; change the password, look at what ran since, and lock the address out.",
      }),
    );
  }
  if (event.count > suspicious.length) {
    found.push(
      finding({
        rule: "accepted-logins",
        severity: others.some(({ failures }) => failures > 0) ? "low" : "info",
        file,
        event,
        title: "Accepted logins",
        short: `${count(event.count, "accepted login")} of ${countDistinct(distinct(event, "user"), "user")}`,
        summary: `${count(event.count, "login was", "logins were")} accepted, from ${countDistinct(distinct(event, "address"), "address", "addresses")}.`,
        tables: [
          topTable("By user", event, "user", [value("User"), COUNT, FIRST, LAST]),
          topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST]),
          table("Logins", others, columns),
        ],
        checks: [{ words: ["Accepted "], count: event.count }],
      }),
    );
  }
  return found;
}

function acceptedFrom(event, address) {
  const entry = top(event, "address").find((item) => item.value === address);
  return entry ? [{ words: ["Accepted ", `from ${address}`], count: entry.count }] : [];
}

/** The first login of a file that came after guessing from the same address, or undefined. */
export function firstSuspicious(file) {
  return file.event("ssh.accepted")?.records?.find(({ failuresBefore }) => failuresBefore > TYPING_ERRORS);
}

/** Failures of the same address in other files, as far as they ended before: logs are rotated. */
function failedElsewhere(record, file, logs) {
  return logs.files
    .filter((other) => other.path !== file.path)
    .flatMap((other) => top(other.event("ssh.failed-password"), "address"))
    .filter(({ value: address, lastAt }) => address === record.address && lastAt <= record.at)
    .reduce((sum, entry) => sum + (entry.attempts ?? entry.count), 0);
}

function span(records) {
  const times = records.map(({ at, time }) => ({ at, time })).sort((a, b) => a.at - b.at);
  return { count: records.length, first: times[0].time, last: times[times.length - 1].time, timeline: null };
}

/**
 * Old PAM logs do not say from where a session came. Sessions that open at the same moment for a user
 * that strangers also tried are then the only trace of a guessed password.
 */
function sessions(file) {
  const event = file.event("ssh.session");
  if (!event || file.count("ssh.accepted") > 0) return [];
  const guessed = new Map(
    top(file.event("pam.failure"), "user").map(({ value: user, count: failures }) => [user, failures]),
  );
  const minutes = top(event, "user").flatMap(({ value: user, busiest = [] }) =>
    busiest
      .filter((minute) => guessed.has(user) && minute.count >= SESSIONS_PER_MINUTE)
      .map((minute) => ({ user, failures: guessed.get(user), ...minute })),
  );
  if (minutes.length === 0) return [];
  minutes.sort((a, b) => b.count - a.count);
  const [worst] = minutes;
  return [
    finding({
      rule: "session-burst",
      severity: "high",
      file,
      event,
      title: "Many sessions at once for a user that was guessed",
      short: `${worst.count} SSH sessions of user ${worst.user} opened within one minute`,
      summary: [
        `sshd opened ${number(worst.count)} sessions for ${worst.user} within the minute of ${worst.minute}.`,
        `Strangers also tried this name (${count(worst.failures, "authentication failure")}).`,
        "This log does not say where the sessions came from; a guessed password would look like this.",
      ].join(" "),
      tables: [
        table("Densest minutes", minutes, [
          ["Minute", "time", (item) => item.minute],
          ["User", "value", (item) => item.user],
          ["Sessions", "count", (item) => item.count],
        ]),
        topTable("All SSH sessions", event, "user", [value("User"), COUNT, FIRST, LAST]),
      ],
      checks: [
        {
          words: ["sshd", `session opened for user ${worst.user} `],
          count: top(event, "user").find(({ value: user }) => user === worst.user).count,
        },
      ],
      advice: "Ask the owner of the account, change its password, and look at what ran since.",
    }),
  ];
}
