// One sentence for somebody in a hurry.

import { count } from "./words.js";

/** The worst finding, what else the same file holds against people, and how much more there is. */
export function headlineOf(findings, logs) {
  if (logs.files.length === 0) return "No readable logs were found.";
  const read = `${count(logs.totals.lines, "line")} in ${count(logs.totals.files, "file")}`;
  const serious = findings.filter(({ severity }) => severity !== "info" && severity !== "low");
  if (serious.length === 0) {
    return findings.length > 0
      ? `Nothing alarming in ${read}; ${findings[0].short} in ${findings[0].file}.`
      : `Nothing worth reporting in ${read}.`;
  }
  const [worst] = serious;
  const companion = serious.find(
    ({ rule, file }) => file === worst.file && rule === "break-in-attempt" && worst.rule !== rule,
  );
  const more = serious.length - 1 - (companion ? 1 : 0);
  return [
    `${worst.file}: ${worst.short}`,
    companion ? `, and ${companion.short.split(/, | from /)[0]}` : "",
    more > 0 ? ` — and ${count(more, "more serious finding")} in ${read}.` : ` (${read}).`,
  ].join("");
}
