// What was installed, upgraded and removed.

import { COUNT, LAST, finding, table, topTable, value } from "../finding.js";
import { count, number } from "../words.js";

const DONE = ["installed", "upgraded", "removed", "purged"];

/** Findings about the package manager's logs. */
export function packages(file, logs) {
  return [changes(file, logs), runs(file), errors(file), alternatives(file)].filter(Boolean);
}

function changes(file, logs) {
  const days = logs.packages.find((entry) => entry.file === file.path)?.days ?? [];
  const events = DONE.map((done) => file.event(`package.${done}`)).filter(Boolean);
  if (events.length === 0 || days.length === 0) return null;
  const amount = inWords(file);
  const [latest] = days;
  return finding({
    rule: "package-changes",
    severity: "low",
    file,
    event: spanOf(events),
    title: "Packages changed",
    short: amount,
    summary: `${amount}, on ${count(days.length, "day")}. The last change was on ${latest.day}.`,
    tables: [
      table("By day", days, [
        ["Day", "time", (item) => item.day],
        ...DONE.map((done) => [done[0].toUpperCase() + done.slice(1), "count", (item) => item.counts[done]]),
      ]),
      table(
        `On ${latest.day}`,
        latest.named,
        [
          ["Package", "value", (item) => item.name],
          ["What", "words", (item) => item.done],
          ["From", "value", (item) => item.from],
          ["To", "value", (item) => item.to],
        ],
        25,
        total(latest.counts),
      ),
    ],
    checks: DONE.filter((done) => file.count(`package.${done}`) > 0).map((done) => ({
      words: [GREP[done]],
      count: file.count(`package.${done}`),
    })),
  });
}

function total(counts) {
  return Object.values(counts).reduce((sum, amount) => sum + amount, 0);
}

/** "640 packages installed, 46 upgraded, 21 removed" */
function inWords(file) {
  const done = DONE.filter((word) => file.count(`package.${word}`) > 0);
  return done
    .map((word, i) => {
      const amount = file.count(`package.${word}`);
      return `${i === 0 ? count(amount, "package") : number(amount)} ${word}`;
    })
    .join(", ");
}

const GREP = { installed: " install ", upgraded: " upgrade ", removed: " remove ", purged: " purge " };

function spanOf(events) {
  const firsts = events.map(({ first }) => first).sort();
  const lasts = events.map(({ last }) => last).sort();
  return {
    count: events.reduce((sum, event) => sum + event.count, 0),
    first: firsts[0],
    last: lasts[lasts.length - 1],
    timeline: null,
  };
}

function runs(file) {
  const event = file.event("apt.run");
  if (!event) return null;
  const latest = [...(event.records ?? [])].reverse();
  const numbers = (run) =>
    Object.entries(run.counts ?? {})
      .map(([what, amount]) => `${what} ${amount}`)
      .join(", ");
  return finding({
    rule: "apt-runs",
    severity: "info",
    file,
    event,
    title: "Runs of apt",
    short: `${count(event.count, "run")} of apt`,
    summary: `apt changed packages ${count(event.count, "time")}. Options of the commands are left out.`,
    tables: [
      table(
        "Latest first",
        latest,
        [
          ["Time", "time", (item) => item.time],
          ["Command", "value", (item) => item.command],
          ["By", "value", (item) => item.by],
          ["Packages", "words", numbers],
        ],
        15,
      ),
    ],
    checks: [{ words: ["Start-Date: "], count: event.count }],
    timeline: false,
  });
}

function errors(file) {
  const event = file.event("package.error");
  if (!event) return null;
  return finding({
    rule: "package-errors",
    severity: "medium",
    file,
    event,
    title: "Installing packages failed",
    short: `${count(event.count, "error")} while installing packages`,
    summary: `dpkg or apt reported ${count(event.count, "error")}.`,
  });
}

function alternatives(file) {
  const event = file.event("alternative.changed");
  if (!event) return null;
  return finding({
    rule: "alternatives",
    severity: "info",
    file,
    event,
    title: "Default programs changed",
    short: `${count(event.count, "change")} of default programs`,
    summary: `update-alternatives pointed ${count(event.count, "time")} to another program.`,
    tables: [topTable("Groups", event, "group", [value("Group"), COUNT, LAST])],
    checks: [{ words: [" updated to point to "], count: event.count }],
    timeline: false,
  });
}
