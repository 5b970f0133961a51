// The few pieces of Markdown the report is made of.

import { code, plain, prose } from "./escape.js";

const BARS = "▁▂▃▄▅▆▇█";
/** Columns of a sparkline; wider ones wrap on a phone. */
const SPARK_COLUMNS = 60;

/** A section of the report; an empty note is left out. */
export function section(title, note, body) {
  return [`## ${title}\n`, note === "" ? "" : `${note}\n`, body].filter(Boolean).join("\n");
}

/** A column of numbers. */
export function right(name) {
  return { name, right: true };
}

/** A table: `columns` are names or made by `right`, `rows` hold finished Markdown. */
export function table(columns, rows) {
  if (rows.length === 0) return "";
  const names = columns.map((column) => column.name ?? column);
  const rule = columns.map((column) => (column.right ? "---:" : "---"));
  const lines = [names, rule, ...rows];
  return `${lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n")}\n`;
}

/** A cell by its kind: "value" is text from a log. */
export function cell(kind, value) {
  if (value === "" || value === null || value === undefined) return "";
  if (kind === "count") return number(value);
  if (kind === "value") return code(value);
  return prose(value).replace(/\n/g, " ");
}

/** 1234567 → "1,234,567" */
export function number(value) {
  return Number.isFinite(value) ? String(value).replace(/\B(?=(?:\d{3})+$)/g, ",") : "";
}

/** How something spread over time, as a line of bars; "" when there is nothing to see. */
export function sparkline(timeline) {
  if (!timeline || timeline.counts.length < 6) return "";
  const per = Math.ceil(timeline.counts.length / SPARK_COLUMNS);
  const columns = [];
  for (let i = 0; i < timeline.counts.length; i += per) {
    columns.push(timeline.counts.slice(i, i + per).reduce((sum, count) => sum + count, 0));
  }
  const most = Math.max(...columns);
  const bars = columns.map((count) => (count === 0 ? " " : BARS[Math.ceil((count / most) * BARS.length) - 1])).join("");
  const step = duration(timeline.width * per);
  return `\`\`\`text\n${bars}\n${plain(timeline.start)} … ${plain(timeline.end)}, ${step} a column, highest ${number(most)}\n\`\`\`\n`;
}

function duration(seconds) {
  for (const [unit, size] of [
    ["week", 604800],
    ["day", 86400],
    ["hour", 3600],
  ]) {
    if (seconds % size === 0) return `${seconds / size} ${unit}${seconds === size ? "" : "s"}`;
  }
  return `${seconds / 60} min`;
}

/** Bytes for people: "225.2 kB". */
export function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}
