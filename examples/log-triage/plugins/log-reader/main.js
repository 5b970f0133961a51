// log-reader: the only plugin of this pipeline that sees the logs.
//
// It may read below /var/log and nothing else: it cannot write, cannot reach the network and cannot
// pass raw lines on by accident, because what it returns is made of counters (see tally.js).

import { findFiles, sniff } from "./tree.js";
import { detectKind } from "./detect.js";
import { eachLine } from "./lines.js";
import { Clock, pseudoYear } from "./times.js";
import { Tally } from "./tally.js";
import { handlerFor, labelFor } from "./kinds/index.js";
import { assemble } from "./result.js";
import { failureText } from "./text.js";

const ROOT = "/var/log";
const DEFAULT_MAX_MEGABYTES = 512;
/** Share of the time limit kept back for putting the result together. */
const RESERVED_TIME = 0.2;
const FIRST_CHUNK = 8 * 1024;

/** Reads every log below `root` (default /var/log). */
export default async function run(input, ctx) {
  const root = input?.root ?? ROOT;
  const maxBytes = (input?.max_megabytes ?? DEFAULT_MAX_MEGABYTES) * 1024 * 1024;
  const budget = new Budget(maxBytes, ctx);

  const { files, skipped, notes } = await findFiles(root);
  // Smallest first: one giant file cannot keep the others from being read.
  files.sort((a, b) => a.size - b.size || (a.path < b.path ? -1 : 1));
  const total = files.reduce((sum, file) => sum + file.size, 0);

  const reports = [...skipped];
  for (const file of files) {
    const name = relative(root, file.path);
    ctx.progress(total > 0 ? Math.min(budget.bytes / total, 1) : 1, `reading ${name}`);
    reports.push(await readFile(file, budget));
  }
  for (const report of reports) report.path = relative(root, report.path);
  reports.sort((a, b) => (a.path < b.path ? -1 : 1));

  const result = assemble(reports, notes);
  ctx.log.info("logs read", result.totals);
  ctx.progress(1, `${result.totals.files} files read, ${result.totals.skipped} skipped`);
  return result;
}

/** Reads one file: `{"path": "/var/log/dpkg.log"}`. Handy when a report raises a question. */
export async function inspect(input, ctx) {
  if (typeof input?.path !== "string") throw new TypeError("inspect needs a path");
  const report = await readFile({ path: input.path }, new Budget(Infinity, ctx));
  return assemble([report], []);
}

/** One file, from its first bytes to its counters. What goes wrong is noted, never fatal. */
async function readFile(file, budget) {
  const report = { path: file.path, kind: "", bytes: 0, lines: 0 };
  try {
    const { head, size, modified, unfit } = await sniff(file.path, FIRST_CHUNK);
    report.size = size;
    if (unfit) return skip(report, unfit);
    if (size === 0) return skip(report, "empty");
    if (budget.spent()) return skip(report, budget.reason);

    const kind = detectKind(head);
    const tally = new Tally(new Clock(pseudoYear(head, modified)));
    const handle = handlerFor(kind, tally);
    report.bytes = await eachLine(
      file.path,
      (line) => {
        report.lines += 1;
        handle(line);
      },
      budget,
    );
    report.kind = labelFor(kind, tally);
    report.tally = tally;
    if (report.bytes < size && budget.reason) report.partial = budget.reason;
    return report;
  } catch (error) {
    return skip(report, failureText(error));
  }
}

function skip(report, reason) {
  report.skipped = true;
  report.reason = reason;
  return report;
}

function relative(root, path) {
  const base = root.endsWith("/") ? root : `${root}/`;
  return path.startsWith(base) ? path.slice(base.length) : path;
}

/** How much may still be read, in bytes and in time; the result says when this cut something off. */
class Budget {
  constructor(maxBytes, ctx) {
    const now = Date.now();
    this.bytes = 0;
    this.reason = "";
    this.maxBytes = maxBytes;
    this.until = ctx.deadline ? now + (ctx.deadline - now) * (1 - RESERVED_TIME) : Infinity;
    this.signal = ctx.signal;
  }

  take(bytes) {
    this.bytes += bytes;
  }

  spent() {
    if (this.signal?.aborted) this.reason = "stopped by the host";
    else if (this.bytes >= this.maxBytes) this.reason = "size limit of this run reached";
    else if (Date.now() >= this.until) this.reason = "time limit of this run reached";
    return this.reason !== "";
  }
}
