// A few lines for the terminal.

import { plain } from "./escape.js";

const HIGHLIGHTS = 10;

/** { headline, highlights }; the host shows them, so they are plain text without control characters. */
export function summary({ headline, findings, totals }) {
  const worth = findings.filter(({ severity }) => severity !== "info");
  const shown = (worth.length > 0 ? worth : findings).slice(0, HIGHLIGHTS);
  const highlights = shown.map(({ severity, short, file }) => plain(`${severity.padEnd(8)} ${short} · ${file}`, 200));
  const more = totals.findings - shown.length;
  if (more > 0) highlights.push(`… and ${more} more in the report`);
  return { headline: plain(headline), highlights };
}
