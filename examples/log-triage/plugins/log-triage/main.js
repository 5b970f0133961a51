// log-triage: from counters to findings.
//
// It asks for no permission: no file, no network, no variable. Whatever this code does with what it is
// given, the only way out is the value it returns.

import { Logs } from "./logs.js";
import { SEVERITIES, rank } from "./finding.js";
import { accounts } from "./rules/accounts.js";
import { applications } from "./rules/applications.js";
import { guessing } from "./rules/guessing.js";
import { logins } from "./rules/logins.js";
import { machine } from "./rules/machine.js";
import { packages } from "./rules/packages.js";
import { web } from "./rules/web.js";
import { figuresOf } from "./figures.js";
import { headlineOf } from "./headline.js";

/**
 * Each rule looks at one file (and may ask about the others) and returns its findings. Findings of the same
 * severity are told in this order.
 */
const RULES = [guessing, logins, accounts, web, machine, applications, packages];
const MAX_FINDINGS = 60;
const MAX_REPEATED = 60;
/** A message seen less often is not worth a line in "most repeated". */
const REPEATED_AT_LEAST = 10;
const REPEATED_PER_FILE = 8;

/** `logs` is what log-reader returned. */
export default function run(input, ctx) {
  const logs = new Logs(input?.logs);
  const all = logs.files
    .flatMap((file) => RULES.flatMap((rule, order) => rule(file, logs).map((finding) => ({ ...finding, order }))))
    .sort(rank);
  const findings = all.slice(0, MAX_FINDINGS).map(({ order, ...finding }) => finding);
  const truncated = [...logs.truncated];
  if (all.length > findings.length)
    truncated.push(`${all.length - findings.length} findings of the lowest severity are not listed`);

  const totals = { ...logs.totals, findings: all.length };
  for (const severity of SEVERITIES) totals[severity] = all.filter((finding) => finding.severity === severity).length;
  ctx.log.info("triage done", { findings: totals.findings, critical: totals.critical, high: totals.high });

  return {
    headline: headlineOf(all, logs),
    totals,
    findings,
    figures: logs.files.map((file) => figuresOf(file)).filter(({ figures }) => figures.length > 0),
    repeated: repeated(logs),
    packages: logs.packages,
    files: logs.files.map(({ path, kind, lines, bytes, first, last }) => ({ path, kind, lines, bytes, first, last })),
    skipped: logs.skipped,
    truncated,
  };
}

/** What each file says over and over, loudest first. */
function repeated(logs) {
  const perFile = logs.files.flatMap((file) =>
    logs
      .messages(file.path)
      .filter(({ count }) => count >= REPEATED_AT_LEAST)
      .sort((a, b) => b.count - a.count)
      .slice(0, REPEATED_PER_FILE),
  );
  return perFile
    .sort((a, b) => (a.file === b.file ? b.count - a.count : a.file < b.file ? -1 : 1))
    .slice(0, MAX_REPEATED);
}
