// From tallies to the JSON this plugin returns: the largest counters of each kind, and the truth about the rest.

import { MAX_VALUES } from "./tally.js";
import { clean } from "./text.js";

/** Values listed per dimension; tried in turn until the result fits. */
const LISTED = [25, 15, 8, 4, 2];
/** The result travels in one message of at most 1 MiB; half of it is plenty. */
const MAX_RESULT = 384 * 1024;
const MAX_TEMPLATES = 12;
const MAX_PACKAGES_PER_DAY = 40;
const MAX_DAYS = 60;
const MAX_SKIPPED = 300;

/** { files, events, messages, packages, totals, truncated } */
export function assemble(reports, notes) {
  const pinned = acceptedAddresses(reports);
  for (const listed of LISTED) {
    const result = build(reports, notes, listed, pinned);
    if (JSON.stringify(result).length <= MAX_RESULT) return result;
  }
  // Hundreds of files: the busiest stay in detail, the others in the totals.
  const kept = [...reports].sort((a, b) => b.lines - a.lines).slice(0, 100);
  const result = build(kept, notes, LISTED[LISTED.length - 1], pinned);
  result.totals = totals(reports);
  result.truncated.push(`only the ${kept.length} files with the most lines are reported`);
  return result;
}

function build(reports, notes, listed, pinned) {
  const truncated = [...notes];
  const read = reports.filter((report) => report.tally);
  const skipped = reports.filter((report) => report.skipped);
  if (skipped.length > MAX_SKIPPED) truncated.push(`${skipped.length - MAX_SKIPPED} more skipped files are not listed`);
  for (const { path, partial, bytes, tally } of read) {
    if (partial) truncated.push(`${path}: only the first ${bytes} bytes were read (${partial})`);
    const crowded = [...tally.events.values()].some(({ by }) =>
      [...by.values()].some(({ forgotten }) => forgotten > 0),
    );
    if (crowded)
      truncated.push(
        `${path}: more than ${MAX_VALUES} different addresses, users or paths; the rarest were not followed, totals are exact`,
      );
    if (tally.forgotten > 0)
      truncated.push(`${path}: ${tally.forgotten} rare message patterns were dropped, repeats may be counted low`);
  }
  return {
    files: [...read.map(describe), ...skipped.slice(0, MAX_SKIPPED)],
    events: read.flatMap(({ path, tally }) =>
      [...tally.events].map(([type, event]) => eventJson(path, type, event, listed, pinned)),
    ),
    messages: read.flatMap(({ path, tally }) => messagesJson(path, tally)),
    packages: read.filter(({ tally }) => tally.packages).map(({ path, tally }) => packagesJson(path, tally.packages)),
    totals: totals(reports),
    truncated,
  };
}

function describe({ path, kind, lines, bytes, size, partial, tally }) {
  return { path, kind, lines, bytes, first: tally.first, last: tally.last, ...(partial ? { partial, size } : {}) };
}

function totals(reports) {
  const sum = (name) => reports.reduce((all, report) => all + report[name], 0);
  const read = reports.filter((report) => report.tally).length;
  return { files: read, skipped: reports.length - read, lines: sum("lines"), bytes: sum("bytes") };
}

/** Addresses that got in: their failures are listed even when they are few. */
function acceptedAddresses(reports) {
  const records = reports.flatMap(({ tally }) => tally?.events.get("ssh.accepted")?.records ?? []);
  return new Set(records.map((record) => record.address));
}

function eventJson(file, type, { total, timeline, by, records }, listed, pinned) {
  const event = { file, type, ...counterJson(total), timeline: timeline.toJSON(), by: {} };
  for (const [dimension, { values, forgotten }] of by) {
    const sorted = [...values].sort((a, b) => b[1].lines - a[1].lines || (a[0] < b[0] ? -1 : 1));
    const top = sorted.filter(([value], i) => i < listed || (dimension === "address" && pinned.has(value)));
    event.by[dimension] = {
      distinct: forgotten > 0 ? MAX_VALUES : values.size,
      atLeast: forgotten > 0, // more distinct values than were followed; single counts may be low
      top: top.map(([value, counter]) => ({ value: clean(value), ...counterJson(counter) })),
    };
  }
  if (records.length > 0) event.records = records;
  return event;
}

function counterJson(counter) {
  counter.closeMinute();
  counter.minuteCount = 0;
  const json = { count: counter.lines, first: counter.first, last: counter.last, lastAt: counter.lastAt };
  if (counter.attempts !== counter.lines) json.attempts = counter.attempts;
  if (counter.busiest.length > 0) json.busiest = counter.busiest;
  if (counter.partners) json.partners = counter.partners.size;
  return json;
}

function messagesJson(file, tally) {
  const all = [...tally.templates.values()].filter(({ counter }) => counter.lines > 1);
  all.sort((a, b) => b.counter.lines - a.counter.lines);
  const loud = all.slice(0, MAX_TEMPLATES);
  // Trouble is listed even when it is rarer than the chatter.
  const trouble = [...tally.templates.values()].filter(({ level }) => level !== "");
  trouble.sort((a, b) => b.counter.lines - a.counter.lines);
  const kept = new Set([...loud, ...trouble.slice(0, MAX_TEMPLATES)]);
  return [...kept].map(({ source, level, text, counter }) => ({
    file,
    source,
    level,
    text,
    count: counter.lines,
    first: counter.first,
    last: counter.last,
  }));
}

function packagesJson(file, { days }) {
  const recent = [...days].slice(-MAX_DAYS).reverse();
  return {
    file,
    days: recent.map(([day, { counts, named }]) => ({
      day,
      counts,
      // New names first: they say more than the hundredth upgrade.
      named: [...named].sort((a, b) => order(a.done) - order(b.done)).slice(0, MAX_PACKAGES_PER_DAY),
    })),
  };
}

function order(done) {
  return ["purged", "removed", "installed", "upgraded"].indexOf(done);
}
