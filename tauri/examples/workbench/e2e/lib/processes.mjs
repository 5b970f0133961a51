// What runs below a process, from /proc.

import { readdirSync, readFileSync } from "node:fs";

/** Pid, parent, state and start of all processes. The start tells a process from a later one with its number. */
export function processes() {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap(read);
}

function read(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in brackets and may hold some itself.
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const [state, parent, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return [{ pid: Number(pid), name, state, parent: Number(parent), start: rest[17] }];
  } catch {
    return []; // It has ended meanwhile.
  }
}

/** All that a process has started, and what those have. */
export function descendants(pid) {
  const all = processes();
  const below = (parent) =>
    all.filter((one) => one.parent === parent).flatMap((one) => [one, ...below(one.pid)]);
  return below(pid);
}

/** Those of `list` that live. What has ended and waits for its parent to notice does not. */
export function living(list) {
  const now = new Map(processes().map((one) => [one.pid, one]));
  return list.filter((one) => {
    const found = now.get(one.pid);
    return found?.start === one.start && found.state !== "Z" && found.state !== "X";
  });
}

/** Ends those of `list` that live, at once. */
export function kill(list) {
  for (const { pid } of living(list)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}
