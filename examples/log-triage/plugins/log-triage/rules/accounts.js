// Accounts, privileges and sessions: rarely wrong, always worth a look.

import { COUNT, DENSEST, FIRST, LAST, finding, table, topTable, value } from "../finding.js";
import { distinct, top } from "../logs.js";
import { count, countDistinct, number } from "../words.js";
import { firstSuspicious } from "./logins.js";

/** So many connections of one address within a minute are a program. */
const CONNECTIONS_PER_MINUTE = 20;

/** Findings about accounts and connections of one file. */
export function accounts(file) {
  return [
    changes(file),
    rootConsole(file),
    sudo(file),
    sessions(file),
    ftp(file),
    anonymous(file),
    firewall(file),
  ].filter(Boolean);
}

function changes(file) {
  const event = file.event("account.changed");
  if (!event) return null;
  const breakIn = firstSuspicious(file);
  const after = breakIn !== undefined && (event.records ?? []).some(({ at }) => at >= breakIn.at);
  return finding({
    rule: "account-changes",
    severity: after ? "high" : "medium",
    file,
    event,
    title: after ? "Accounts were changed after a suspicious login" : "Accounts were changed",
    short: `${count(event.count, "change")} to accounts${after ? `, after the login of ${breakIn.user} from ${breakIn.address}` : ""}`,
    summary: [
      `${count(event.count, "change")} to accounts or passwords.`,
      after ? "Some came after a login that followed guessing: whoever got in may have made a door of their own." : "",
    ]
      .filter(Boolean)
      .join(" "),
    tables: [
      table(
        "Changes",
        event.records ?? [],
        [
          ["Time", "time", (item) => item.time],
          ["Program", "value", (item) => item.program],
          ["Change", "value", (item) => item.change],
        ],
        20,
      ),
    ],
  });
}

function rootConsole(file) {
  const event = file.event("console.root");
  if (!event) return null;
  return finding({
    rule: "root-console",
    severity: "low",
    file,
    event,
    title: "root logged in at a console",
    short: `${count(event.count, "root login")} at a console`,
    summary: "Somebody was at the machine, or at its remote console, as root.",
    tables: [
      table("Logins", event.records ?? [], [
        ["Time", "time", (item) => item.time],
        ["Terminal", "value", (item) => item.terminal],
      ]),
    ],
    checks: [{ words: ["ROOT LOGIN ON"], count: event.count }],
  });
}

function sudo(file) {
  const event = file.event("sudo.command");
  if (!event) return null;
  return finding({
    rule: "sudo-commands",
    severity: "info",
    file,
    event,
    title: "Commands run with sudo",
    short: `${count(event.count, "sudo command")}`,
    summary: `${countDistinct(distinct(event, "user"), "user")} ran ${count(event.count, "command")} with sudo. Arguments are not kept: they may hold secrets.`,
    tables: [
      topTable("By user", event, "user", [value("User"), COUNT, LAST]),
      topTable("By command", event, "command", [value("Command"), COUNT, LAST]),
    ],
  });
}

function sessions(file) {
  const event = file.event("session.opened");
  if (!event) return null;
  return finding({
    rule: "sessions",
    severity: "info",
    file,
    event,
    title: "Local sessions",
    short: `${count(event.count, "local session")} of ${countDistinct(distinct(event, "user"), "user")}`,
    summary: `${count(event.count, "session was", "sessions were")} opened by programs on this machine.`,
    tables: [
      topTable("By user", event, "user", [value("User"), COUNT, FIRST, LAST]),
      topTable("By program", event, "service", [value("Program"), COUNT]),
    ],
    timeline: false,
  });
}

function ftp(file) {
  const event = file.event("ftp.connection");
  if (!event) return null;
  const floods = top(event, "address").filter(({ busiest }) => busiest?.[0].count >= CONNECTIONS_PER_MINUTE);
  const [worst] = [...floods].sort((a, b) => b.busiest[0].count - a.busiest[0].count);
  const connections = `${count(event.count, "FTP connection")} from ${countDistinct(distinct(event, "address"), "address", "addresses")}`;
  return finding({
    rule: "ftp-connections",
    severity: worst ? "medium" : "info",
    file,
    event,
    title: worst ? "Bursts of FTP connections" : "FTP connections",
    short: `${connections}${worst ? `, up to ${worst.busiest[0].count} a minute from one` : ""}`,
    summary: worst
      ? `${connections}. At least ${count(floods.length, "address", "addresses")} connected ${CONNECTIONS_PER_MINUTE} times or ` +
        `more within one minute; the densest was ${worst.value} with ${number(worst.busiest[0].count)} at ${worst.busiest[0].minute}.`
      : `${connections}.`,
    tables: [topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST, DENSEST])],
    checks: [{ words: ["ftpd[", ": connection from "], count: event.count }],
  });
}

function anonymous(file) {
  const event = file.event("ftp.anonymous");
  if (!event) return null;
  return finding({
    rule: "ftp-anonymous",
    severity: "low",
    file,
    event,
    title: "Anonymous FTP logins",
    short: `${count(event.count, "anonymous FTP login")}`,
    summary: "The FTP server lets anyone in without a password.",
    tables: [topTable("By address", event, "address", [value("Address"), COUNT, FIRST, LAST])],
    checks: [{ words: ["ANONYMOUS FTP LOGIN FROM"], count: event.count }],
  });
}

function firewall(file) {
  const event = file.event("firewall.blocked");
  if (!event) return null;
  return finding({
    rule: "firewall",
    severity: "info",
    file,
    event,
    title: "Blocked by the firewall",
    short: `${count(event.count, "packet")} blocked by the firewall`,
    summary: `The firewall turned away ${count(event.count, "packet")} from ${countDistinct(distinct(event, "address"), "address", "addresses")}.`,
    tables: [
      topTable("By address", event, "address", [value("Address"), COUNT, LAST]),
      topTable("By port", event, "port", [value("Port"), COUNT]),
    ],
    checks: [{ words: ["[UFW BLOCK]"], count: event.count }],
  });
}
