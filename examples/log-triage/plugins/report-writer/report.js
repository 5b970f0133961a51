// The report as Markdown, from the sentence for somebody in a hurry to the list of skipped files.

import { code, prose } from "./escape.js";
import { grepFor } from "./grep.js";
import { cell, number, right, section, size, sparkline, table } from "./markdown.js";

const MARK = { critical: "🔴", high: "🟠", medium: "🟡", low: "🔵", info: "⚪" };
/** Figures worth a command of their own, over all findings. */
const MAX_CHECKS = 30;

const CLOSING = `---

Times are as the logs give them; no time zone was applied and no year was added. In code, \`¦\` stands for a
vertical bar and \`'\` for a backtick. Raw log lines are not part of this report.
`;

/** The whole report. */
export function report(result, about) {
  return [
    `# Log triage\n`,
    `> **${prose(result.headline)}**\n`,
    introduction(result, about),
    overview(result),
    truncated(result),
    details(result),
    repeated(result),
    figures(result),
    checks(result),
    files(result),
    skipped(result),
    CLOSING,
  ]
    .filter(Boolean)
    .join("\n");
}

function introduction({ totals }, { source, written }) {
  const severities = Object.keys(MARK)
    .filter((severity) => totals[severity] > 0)
    .map((severity) => `${MARK[severity]} ${totals[severity]} ${severity}`);
  return [
    [
      `Logs in ${code(source)}`,
      `${number(totals.files)} files read, ${number(totals.skipped)} skipped`,
      `${number(totals.lines)} lines, ${size(totals.bytes)}`,
      `written ${prose(written)}\n`,
    ].join(" · "),
    severities.length > 0 ? `${severities.join(" · ")}\n` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

function overview({ findings }) {
  if (findings.length === 0) return "";
  const rows = findings.map((finding, i) => [
    `${MARK[finding.severity] ?? ""} ${prose(finding.severity)}`,
    `[${i + 1}](#finding-${i + 1})`,
    prose(finding.short),
    code(finding.file),
    prose(finding.first),
    prose(finding.last),
  ]);
  return section("What matters", "", table(["Severity", right("#"), "Finding", "File", "First", "Last"], rows));
}

function truncated({ truncated: notes }) {
  if (notes.length === 0) return "";
  return `**Not everything could be looked at:**\n\n${notes.map((note) => `- ${prose(note)}`).join("\n")}\n`;
}

function details({ findings }) {
  if (findings.length === 0) return "";
  return section("Findings in detail", "", findings.map(detail).join("\n"));
}

function detail(finding, i) {
  return [
    `<a id="finding-${i + 1}"></a>\n`,
    `### ${i + 1}. ${MARK[finding.severity] ?? ""} ${prose(finding.title)}\n`,
    `${code(finding.file)} · ${prose(finding.severity)} · ${number(finding.count)} ${finding.count === 1 ? "line" : "lines"}\n`,
    `${prose(finding.summary)}\n`,
    sparkline(finding.timeline),
    ...finding.tables.map(evidence),
    finding.advice ? `**What to do:** ${prose(finding.advice)}\n` : "",
  ]
    .filter(Boolean)
    .join("\n");
}

function evidence({ title, columns, rows }) {
  const names = columns.map(({ name, kind }) => (kind === "count" ? right(prose(name)) : prose(name)));
  const cells = rows.map((row) => row.map((value, column) => cell(columns[column].kind, value)));
  return `**${prose(title)}**\n\n${table(names, cells)}`;
}

function repeated({ repeated: messages }) {
  if (messages.length === 0) return "";
  const rows = messages.map(({ count, text, source, file }) => [number(count), code(source), code(text), code(file)]);
  const note = "Numbers and addresses are replaced, so that repeats are seen as such.";
  return section("Said most often", note, table([right("Lines"), "By", "Message", "File"], rows));
}

function figures({ figures: perFile }) {
  if (perFile.length === 0) return "";
  const rows = perFile.flatMap(({ file, figures: list }) =>
    list.map(({ label, count }, i) => [i === 0 ? code(file) : "", prose(label), number(count)]),
  );
  const note = "Files may overlap (a kernel message can be in two logs), so nothing is added up over files.";
  return section("Figures by file", note, table(["File", "What", right("Lines")], rows));
}

/** Everything that can be checked with one search, each command once. */
function checks({ findings, figures: perFile }) {
  const wanted = [
    ...findings.flatMap(({ file, checks: list }) => list.map(({ words, count }) => ({ file, words, count }))),
    ...perFile.flatMap(({ file, figures: list }) =>
      list.filter(({ words }) => words).map(({ words, count }) => ({ file, words: [words], count })),
    ),
  ];
  const commands = new Map();
  for (const { file, words, count } of wanted) {
    const command = grepFor(file, words);
    if (command && commands.size < MAX_CHECKS) commands.set(command, Number(count));
  }
  if (commands.size === 0) return "";
  const width = Math.max(...[...commands.values()].map((count) => String(count).length));
  const lines = [...commands].map(([command, count]) => `${String(count).padStart(width)}  ${command}`);
  const note =
    "Run in the folder of the logs: each command prints the number before it. " +
    "grep counts every line that holds the words, wherever they stand.";
  return section("Check it yourself", note, `\`\`\`text\n${lines.join("\n")}\n\`\`\`\n`);
}

function files({ files: read }) {
  if (read.length === 0) return "";
  const rows = read.map((file) => [
    code(file.path),
    prose(file.kind),
    number(file.lines),
    size(file.bytes),
    prose(file.first),
    prose(file.last),
  ]);
  return section(
    "Files read",
    "",
    table(["File", "Recognised as", right("Lines"), right("Size"), "First", "Last"], rows),
  );
}

function skipped({ skipped: list }) {
  if (list.length === 0) return "";
  const rows = list.map(({ path, reason }) => [code(path), prose(reason)]);
  return section("Files skipped", "", table(["File", "Why"], rows));
}
