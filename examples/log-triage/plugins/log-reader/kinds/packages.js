// What was installed, upgraded and removed: dpkg.log knows every package, apt's history knows who asked.

import { countLevel } from "../levels.js";
import { template } from "../template.js";
import { between, clean, firstWord } from "../text.js";

/** Packages named per file; more are counted only. */
const MAX_NAMED = 1500;
const MAX_RUNS = 200;
const DONE = { install: "installed", upgrade: "upgraded", remove: "removed", purge: "purged" };

/** "2025-06-24 14:36:25 upgrade libsystemd0:amd64 252.36-1 252.38-1" */
export function dpkg(tally) {
  const days = new Map();
  let named = 0;
  tally.packages = { days };
  return (line) => {
    const start = tally.time(line);
    if (start === 0) return;
    const [action, name, from, to] = line.slice(start, start + 400).split(" ");
    const done = DONE[action];
    if (!done || !name) return;
    tally.hit(`package.${done}`);
    const day = tally.clock.text.slice(0, 10);
    let entry = days.get(day);
    if (!entry) days.set(day, (entry = { counts: {}, named: [] }));
    entry.counts[done] = (entry.counts[done] ?? 0) + 1;
    named += 1;
    if (named > MAX_NAMED) return;
    entry.named.push({ done, name: clean(name), from: version(from), to: version(to) });
  };
}

function version(text) {
  return !text || text === "<none>" ? "" : clean(text, 40);
}

/** Paragraphs of "Start-Date: …", "Commandline: …", "Install: a:amd64 (1.0), b:amd64 (2.0, automatic)". */
export function aptHistory(tally) {
  let run = null;
  return (line) => {
    const colon = line.indexOf(": ");
    if (colon < 0) return;
    const [key, value] = [line.slice(0, colon), line.slice(colon + 2)];
    if (key === "Start-Date") {
      if (tally.clock.apt(value)) tally.stamp();
      const { records } = tally.hit("apt.run");
      if (records.length >= MAX_RUNS) records.shift();
      run = { time: tally.clock.text, command: "", by: "", counts: {}, error: "" };
      records.push(run);
    } else if (run === null) {
      return;
    } else if (key === "Commandline") {
      run.command = command(value);
    } else if (key === "Requested-By") {
      run.by = clean(firstWord(value));
    } else if (key === "Error") {
      run.error = clean(value);
      tally.hit("package.error");
    } else if (key !== "End-Date") {
      // Each package is followed by its version in parentheses.
      run.counts[clean(key.toLowerCase(), 20)] = value.split("), ").length;
    }
  };
}

/** The command without its options: "-o Name=value" may hold anything, packages are counted elsewhere. */
function command(line) {
  const words = line.slice(0, 2000).split(" ");
  const kept = words.filter((word, i) => word !== "" && !word.startsWith("-") && words[i - 1] !== "-o");
  return clean(kept.join(" "));
}

/** apt's terminal: only trouble and the times of the runs. */
export function aptTerm(tally) {
  return (line) => {
    if (line.startsWith("Log started: ")) {
      if (tally.clock.apt(line.slice(13))) tally.stamp();
    } else if (line.startsWith("dpkg: error") || line.startsWith("E: ")) {
      tally.hit("package.error");
      tally.message("dpkg", "error", template(line));
    } else if (line.startsWith("dpkg: warning") || line.startsWith("W: ")) {
      countLevel(tally, "warning", "dpkg");
      tally.message("dpkg", "warning", template(line));
    }
  };
}

/** "update-alternatives 2025-06-24 14:36:53: link group pager updated to point to /usr/bin/less" */
export function alternatives(tally) {
  const prefix = "update-alternatives ";
  return (line) => {
    if (!line.startsWith(prefix)) return;
    const rest = line.slice(prefix.length);
    if (tally.time(rest) === 0) return;
    const group = between(rest, "link group ", " updated to point to ");
    if (group !== "") tally.hit("alternative.changed", { group });
  };
}
