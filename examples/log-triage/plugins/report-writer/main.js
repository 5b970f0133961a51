// report-writer: from findings to something a person likes to read.
//
// It may write below ./out and nothing else. What it writes stays in the overlay until somebody applies it.

import { mkdir, writeText } from "aether:fs";
import { now } from "aether:time";
import { report } from "./report.js";
import { summary } from "./summary.js";

const FOLDER = "./out";

/** Writes ./out/log-triage.md and ./out/log-triage.json; returns a summary for the terminal. */
export default async function run(input, ctx) {
  const findings = input?.findings;
  if (!Array.isArray(findings?.findings))
    throw new TypeError("report-writer needs the result of log-triage as `findings`");
  const about = { source: String(input.source ?? "/var/log"), written: minute(now()) };

  await mkdir(FOLDER, { recursive: true });
  ctx.progress(0.2, "writing log-triage.md");
  await writeText(`${FOLDER}/log-triage.md`, report(findings, about));
  ctx.progress(0.7, "writing log-triage.json");
  await writeText(`${FOLDER}/log-triage.json`, `${JSON.stringify({ ...about, ...findings }, null, 2)}\n`);
  ctx.progress(1, "reports written");

  return { ...summary(findings), files: [`${FOLDER}/log-triage.md`, `${FOLDER}/log-triage.json`] };
}

/** "2026-09-22 04:51 UTC" */
function minute(time) {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
