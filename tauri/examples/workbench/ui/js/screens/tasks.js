// The task manager: one row a running plugin, live, sortable, all by keyboard.

import { aether } from "../api.js";
import { meter, spark } from "../charts.js";
import { attr, each, fill, h, said, text } from "../dom.js";
import { bytes, count, many, percent, span } from "../format.js";
import { icon, mark } from "../icons.js";
import { busy, button, empty, rungMark } from "../parts.js";
import { on, refreshSoon, store } from "../store.js";
import { RUNGS } from "../words.js";
import { details } from "./tasks-strip.js";

/** Key, title, the figure it is sorted by, and how early it gives way in a narrow window. */
const COLUMNS = [
  { key: "plugin", title: "Plugin", by: (cell) => cell.plugin, text: true },
  { key: "memory", title: "Memory", by: (cell) => cell.memory },
  { key: "cores", title: "CPU", by: (cell) => cell.cores },
  { key: "calls", title: "Calls", by: (cell) => cell.calls, gives: 3 },
  { key: "denials", title: "Denied", by: (cell) => cell.denials },
  { key: "net", title: "Net in / out", by: (cell) => cell.bytesIn + cell.bytesOut, gives: 3 },
  { key: "threads", title: "Thr. / proc.", by: (cell) => cell.threads, gives: 5, hint: "Threads and processes" },
  { key: "rung", title: "Ladder", by: (cell) => RUNGS.indexOf(cell.rung), gives: 1 },
  { key: "risk", title: "Risk", by: (cell) => cell.risk, gives: 2 },
  { key: "age", title: "Age", by: (cell) => cell.ageMs, gives: 4 },
];

export function tasks() {
  let sort = { key: "memory", down: true };
  let selected = null;
  let rows = new Map();
  let order = [];

  const errors = h("div");
  const summary = h("p", { class: "head-note" });
  const end = button("End plugin", {
    look: "danger",
    symbol: "stop",
    test: "task-end",
    disabled: true,
    onclick: endSelected,
  });
  const heads = COLUMNS.map((column) => {
    const press = h(
      "button",
      {
        type: "button",
        class: "sort",
        test: `sort-${column.key}`,
        title: column.hint,
        onclick: () => {
          sort = { key: column.key, down: sort.key === column.key ? !sort.down : !column.text };
          update();
        },
      },
      column.title,
      icon("sortDown"),
    );
    return h("th", { scope: "col", class: cellClass(column) }, press);
  });
  const body = h("tbody");
  const totals = Object.fromEntries(COLUMNS.map((column) => [column.key, h("td", { class: cellClass(column) })]));
  const table = h(
    "table",
    { class: "tasks", role: "grid", "aria-label": "Running plugins", onkeydown: keys },
    h("thead", null, h("tr", null, heads)),
    body,
    h(
      "tfoot",
      null,
      h(
        "tr",
        null,
        COLUMNS.map((column) => totals[column.key]),
      ),
    ),
  );
  const frame = h("div", { class: "table-frame" }, table);
  const none = h(
    "div",
    { hidden: true },
    empty(
      "tasks",
      "Nothing runs",
      "Start a plugin on its page, and what it uses is listed here each second.",
      h("a", { class: "button", href: "#/gallery" }, "Go to the plugins"),
    ),
  );
  const detail = details();
  const node = h(
    "div",
    { class: "screen fixed" },
    h(
      "div",
      { class: "head" },
      h("div", { class: "head-words" }, h("h1", null, "Task manager"), summary),
      h("div", { class: "head-actions" }, end),
    ),
    errors,
    none,
    frame,
    detail.node,
  );

  function update() {
    const cells = [...(store.metrics?.cells ?? [])];
    const { by } = COLUMNS.find((column) => column.key === sort.key);
    cells.sort((a, b) => {
      const one = by(a),
        other = by(b);
      const way = typeof one === "string" ? one.localeCompare(other) : one - other;
      return (sort.down ? -way : way) || a.plugin.localeCompare(b.plugin);
    });
    if (selected !== null && !cells.some((cell) => cell.plugin === selected)) selected = null;
    order = cells.map((cell) => cell.plugin);
    heads.forEach((head, i) =>
      attr(head, "aria-sort", COLUMNS[i].key !== sort.key ? null : sort.down ? "descending" : "ascending"),
    );
    none.hidden = cells.length > 0;
    frame.hidden = cells.length === 0;
    rows = each(body, cells, (cell) => `${cell.cell}\0${cell.plugin}`, row);
    showChoice();
    const sum = (of) => cells.reduce((total, cell) => total + of(cell), 0);
    text(totals.plugin, many(cells.length, "plugin"));
    text(totals.memory, bytes(sum((cell) => cell.memory)));
    text(totals.cores, percent(sum((cell) => cell.cores)));
    text(totals.calls, count(sum((cell) => cell.calls)));
    text(totals.denials, count(sum((cell) => cell.denials)));
    text(totals.net, `${bytes(sum((cell) => cell.bytesIn))} / ${bytes(sum((cell) => cell.bytesOut))}`);
    text(totals.threads, `${count(sum((cell) => cell.threads))} / ${count(sum((cell) => cell.processes))}`);
    text(summary, cells.length === 0 ? "" : `Every second. Arrows choose a row, Delete ends it.`);
    detail.set(cells.find((cell) => cell.plugin === selected) ?? null);
  }

  function showChoice() {
    end.disabled = selected === null;
    for (const kept of rows.values()) {
      attr(kept.node, "aria-selected", String(kept.plugin === selected));
      kept.node.tabIndex = kept.plugin === (selected ?? order[0]) ? 0 : -1;
    }
  }

  function select(name, focus) {
    selected = name;
    showChoice();
    if (focus) [...rows.values()].find((kept) => kept.plugin === name)?.node.focus();
    detail.set(store.metrics.cells.find((cell) => cell.plugin === name) ?? null);
  }

  function keys(event) {
    if (event.key === "Delete" && selected !== null) return endSelected();
    if (!event.target.closest("tbody")) return undefined;
    const at = order.indexOf(selected);
    const to = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: order.length - 1,
      PageDown: at + 10,
      PageUp: Math.max(0, at - 10),
    }[event.key];
    if (event.key === "Enter" && selected !== null) location.hash = `#/plugin/${encodeURIComponent(selected)}`;
    if (to === undefined) return undefined;
    event.preventDefault();
    return select(order[Math.min(to, order.length - 1)], true);
  }

  async function endSelected() {
    const name = selected,
      at = order.indexOf(name);
    if (name === null) return;
    const held = body.contains(document.activeElement);
    const ended = await busy(end, errors, () => aether().stop(name));
    const next = order.filter((one) => one !== name)[Math.max(0, Math.min(at, order.length - 2))];
    if (ended && held && next !== undefined && selected === name) select(next, true);
    refreshSoon();
  }

  function row(first) {
    const memory = h("span", { class: "figures" }),
      bar = meter("Memory against its limit"),
      trace = spark("cell-spark"),
      load = spark("cell-spark", 0.1);
    const cells = Object.fromEntries(COLUMNS.map((column) => [column.key, h("td", { class: cellClass(column) })]));
    const cores = h("span", { class: "figures" }),
      rung = rungMark();
    fill(cells.plugin, h("span", { class: "task-name" }, mark(first.plugin, 24), said(first.plugin, "clip")));
    fill(
      cells.memory,
      h("span", { class: "with-spark" }, trace.node, h("span", { class: "figure-bar" }, memory, bar.node)),
    );
    fill(cells.cores, h("span", { class: "with-spark" }, load.node, cores));
    fill(cells.rung, rung.node);
    const node = h(
      "tr",
      {
        test: `task-row-${first.plugin}`,
        "aria-selected": "false",
        tabIndex: -1,
        onclick: () => select(first.plugin, true),
        ondblclick: () => (location.hash = `#/plugin/${encodeURIComponent(first.plugin)}`),
      },
      COLUMNS.map((column) => cells[column.key]),
    );
    return {
      node,
      plugin: first.plugin,
      update(cell) {
        const series = store.series.get(cell.plugin);
        text(memory, bytes(cell.memory));
        bar.set(cell.memory, cell.memoryLimit, `${bytes(cell.memory)} of ${bytes(cell.memoryLimit)}`);
        trace.set(series?.memory);
        text(cores, percent(cell.cores));
        load.set(series?.cores);
        text(cells.calls, count(cell.calls));
        text(cells.denials, count(cell.denials));
        attr(cells.denials, "data-tone", cell.denials > 0 ? "bad" : null);
        text(cells.net, `${bytes(cell.bytesIn)} / ${bytes(cell.bytesOut)}`);
        text(cells.threads, `${cell.threads} / ${cell.processes}`);
        rung.set(cell.rung);
        text(cells.risk, Math.round(cell.risk));
        attr(cells.risk, "data-tone", cell.risk >= 50 ? "bad" : cell.risk >= 10 ? "warn" : null);
        text(cells.age, span(cell.ageMs).split(" ").slice(0, 2).join(" "));
      },
    };
  }

  const stop = on("sample", update);
  update();
  return { node, close: stop };
}

function cellClass(column) {
  return [column.text ? "" : "number", column.gives ? `gives-${column.gives}` : "", `col-${column.key}`]
    .filter(Boolean)
    .join(" ");
}
