// The strip below the task manager's table: every figure of the chosen row, also of columns that gave way.

import { spark } from "../charts.js";
import { attr, each, fill, h, said, text } from "../dom.js";
import { bytes, count, many, span, work } from "../format.js";
import { store } from "../store.js";

/** `{ node, set(cell) }`; without a cell it is not there. */
export function details() {
  const memory = spark("wide"),
    cores = spark("wide", 0.1);
  const title = h("h2"),
    figures = h("dl", { class: "strip-figures" });
  const node = h(
    "section",
    { class: "strip", "aria-label": "The chosen plugin", hidden: true },
    title,
    h(
      "div",
      { class: "strip-charts" },
      h("figure", null, h("figcaption", null, "Memory, the last minute"), memory.node),
      h("figure", null, h("figcaption", null, "CPU, the last minute"), cores.node),
    ),
    figures,
  );
  return {
    node,
    set(cell) {
      node.hidden = cell === null;
      if (!cell) return;
      if (title.dataset.plugin !== cell.plugin)
        fill(title, h("a", { href: `#/plugin/${encodeURIComponent(cell.plugin)}` }, said(cell.plugin, "clip")));
      title.dataset.plugin = cell.plugin;
      const series = store.series.get(cell.plugin);
      memory.set(series?.memory);
      cores.set(series?.cores);
      const list = [
        ["Memory", `${bytes(cell.memory)} of ${bytes(cell.memoryLimit)}`],
        ["CPU time", work(cell.cpuMs)],
        ["Calls", `${count(cell.calls)}, ${cell.openCalls} open`],
        ["Denied", count(cell.denials)],
        ["Network", `${bytes(cell.bytesIn)} in, ${bytes(cell.bytesOut)} out`],
        ["Threads", `${cell.threads} in ${many(cell.processes, "process", "processes")}`],
        ["Descriptors", count(cell.descriptors)],
        ["Age", span(cell.ageMs)],
        ["Last finding", cell.lastFinding ?? "none"],
      ];
      each(
        figures,
        list,
        ([name]) => name,
        ([name]) => {
          const value = h("dd", { dir: "auto" });
          return {
            node: h("div", null, h("dt", null, name), value),
            update: ([, words]) => {
              text(value, words);
              attr(value, "title", name === "Last finding" ? words : null);
            },
          };
        },
      );
    },
  };
}
