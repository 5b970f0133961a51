// Kernel messages, from a ring buffer dump ("[   12.345678] message") or through syslog.

import { countLevel, guessLevel } from "../levels.js";
import { template } from "../template.js";
import { address, between, firstWord } from "../text.js";

/** Words that mean trouble, with the event they are counted as. The first that fits decides. */
const RULES = [
  ["Kernel panic", "kernel.panic"],
  ["Out of memory: Kill", "kernel.oom"],
  ["Memory cgroup out of memory: Kill", "kernel.oom"],
  ["I/O error", "kernel.disk"],
  ["EXT4-fs error", "kernel.disk"],
  ["XFS: Corruption", "kernel.disk"],
  ["BTRFS error", "kernel.disk"],
  ["Remounting filesystem read-only", "kernel.disk"],
  ["critical medium error", "kernel.disk"],
  ["No space left on device", "kernel.disk"],
  ["segfault at ", "kernel.crash"],
  ["general protection fault", "kernel.crash"],
  ["traps: ", "kernel.crash"],
  ["BUG: ", "kernel.bug"],
  ["Oops: ", "kernel.bug"],
  ["soft lockup", "kernel.bug"],
  ["blocked for more than", "kernel.bug"],
  ["[Hardware Error]", "kernel.hardware"],
  ["above threshold", "kernel.hardware"],
];

/** Handler for dumps of the kernel's ring buffer. */
export function kernelRing(tally) {
  return (line) => {
    if (line === "") return;
    const message = line.slice(tally.time(line));
    const known = kernel(tally, message);
    const level = known ? "" : guessLevel(message);
    countLevel(tally, level, "kernel");
    tally.message("kernel", level, known || template(message));
  };
}

/** Returns the message's template when it is known trouble, "" otherwise. */
export function kernel(tally, text) {
  // Through syslog the kernel's own time stands before the message.
  const message = /^\[[ \d]/.test(text) ? text.slice(text.indexOf("] ") + 2) : text;
  if (message.startsWith("Linux version ")) {
    tally.record("kernel.boot", {}, { version: firstWord(message.slice(14)) });
    return template(message);
  }
  if (message.startsWith("[UFW BLOCK]")) {
    tally.hit("firewall.blocked", {
      address: address(between(message, "SRC=", " ")),
      port: between(message, "DPT=", " "),
    });
    return "[UFW BLOCK] SRC=<ip> DPT=<n>";
  }
  const rule = RULES.find(([words]) => message.includes(words));
  if (!rule) return "";
  const type = rule[1];
  // A disk that fails does so thousands of times; the other kinds are worth keeping one by one.
  if (type === "kernel.disk") tally.hit(type, { device: device(message) });
  else tally.record(type, { process: processOf(message) }, { what: message });
  return template(message);
}

/** "sda1" from "on dev sda1, …", "dev sda, sector" or "(sda1)". */
function device(message) {
  const name = between(message, "dev ", ",") || between(message, "(device ", ")") || between(message, "device ", " ");
  return /^[\w-]{1,32}$/.test(name) ? name : "";
}

/** "java" from "Killed process 4242 (java)" or "java[4242]: segfault at …". */
function processOf(message) {
  const killed = between(message, "process ", ")");
  if (killed.includes("(")) return killed.slice(killed.indexOf("(") + 1);
  const bracket = message.indexOf("[");
  return bracket > 0 && bracket < 40 ? firstWord(message.slice(message.startsWith("traps: ") ? 7 : 0, bracket)) : "";
}
