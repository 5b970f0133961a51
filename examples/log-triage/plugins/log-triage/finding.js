// A finding: what was noticed, how bad it is, and the evidence to judge that for oneself.

import { distinct, top } from "./logs.js";
import { number } from "./words.js";

/** Worst first. */
export const SEVERITIES = ["critical", "high", "medium", "low", "info"];

/**
 * Makes a finding about `event` of `file`.
 *
 * `short` is one line for a terminal, `summary` a few sentences. `tables` hold the evidence; `checks` are
 * searches anyone can repeat with grep, with the number of lines they must find.
 */
export function finding({
  rule,
  severity,
  file,
  event,
  title,
  short,
  summary,
  tables = [],
  checks = [],
  advice = "",
  timeline = true,
}) {
  return {
    rule,
    severity,
    file: file.path,
    title,
    short,
    summary,
    count: event.count,
    first: event.first,
    last: event.last,
    ...(timeline && event.timeline && event.count >= 10 ? { timeline: event.timeline } : {}),
    tables: tables.filter(({ rows }) => rows.length > 0),
    checks,
    ...(advice ? { advice } : {}),
  };
}

/**
 * A table of evidence. `columns` are [title, kind, cell] with `cell` a function of the row; the kinds tell
 * the writer how to show a cell: "value" is text from a log, "count" a number, "time" a time, "words" ours.
 */
export function table(title, items, columns, limit = 10, all = items.length) {
  const shown = Math.min(items.length, limit);
  return {
    title: shown < all ? `${title} (${shown} of ${number(all)})` : title,
    columns: columns.map(([name, kind]) => ({ name, kind })),
    rows: items.slice(0, limit).map((item) => columns.map(([, , cell]) => cell(item) ?? "")),
  };
}

/** The table of the most frequent values of one dimension, and how many values there are in all. */
export function topTable(title, event, dimension, columns) {
  const all = distinct(event, dimension);
  const entry = table(title, top(event, dimension), columns, 10, all.count);
  return all.atLeast ? { ...entry, title: `${title} (${entry.rows.length} of more than ${number(all.count)})` } : entry;
}

/** Columns most tables share. */
export const COUNT = ["Lines", "count", (item) => item.count];
export const FIRST = ["First", "time", (item) => item.first];
export const LAST = ["Last", "time", (item) => item.last];

/** A column of values: addresses, users, paths. */
export function value(name) {
  return [name, "value", (item) => item.value];
}

/** The densest minute of an entry, as words. */
export const DENSEST = [
  "Densest minute",
  "words",
  ({ busiest }) => (busiest ? `${busiest[0].count} at ${busiest[0].minute}` : ""),
];

/** Severity by thresholds: `{ high: 100, medium: 20 }`, otherwise "low". */
export function severityBy(amount, thresholds) {
  return SEVERITIES.find((severity) => amount >= (thresholds[severity] ?? Infinity)) ?? "low";
}

/** The worse of two severities. */
export function worseOf(a, b) {
  return SEVERITIES.indexOf(a) < SEVERITIES.indexOf(b) ? a : b;
}

/** Sorts findings: worst first, then what concerns security, then by evidence. */
export function rank(a, b) {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severity || a.order - b.order || b.count - a.count || Number(a.file > b.file) - Number(a.file < b.file);
}
