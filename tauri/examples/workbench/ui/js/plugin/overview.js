// The first tab: run a method, see what the plugin uses now, where it came from, and how to be rid of it.

import { aether } from "../api.js";
import { meter, spark } from "../charts.js";
import { attr, fill, h, said, text } from "../dom.js";
import { bytes, count, day, many, percent, shortDigest, span, work } from "../format.js";
import { button, copyButton, rungMark, toggle } from "../parts.js";
import { cellOf, store } from "../store.js";
import { runner } from "./runner.js";

export function overviewTab(context) {
  const { name } = context;
  const run = runner(context);
  const memory = figure("Memory", 0),
    cores = figure("CPU", 0.1),
    bar = meter("Memory against its limit");
  const rung = rungMark();
  const quick = Object.fromEntries(
    ["Calls", "Denied", "Network", "Risk", "Age"].map((title) => [title, h("dd", { class: "figures" })]),
  );
  const now = h(
    "section",
    { class: "box" },
    h("h2", null, "Now"),
    h("div", { class: "now-charts" }, memory.node, cores.node),
    bar.node,
    h(
      "dl",
      { class: "facts" },
      Object.entries(quick).map(([title, value]) => h("div", null, h("dt", null, title), value)),
      h("div", null, h("dt", null, "Ladder"), h("dd", null, rung.node)),
    ),
  );
  const about = h("dl", { class: "facts" }),
    description = h("p");
  const manifest = h("pre", { class: "code" });
  const enabled = toggle("It may start", true, {
    test: "enabled",
    onchange: () => context.act(enabled, () => (enabled.checked ? aether().enable(name) : aether().disable(name))),
  });
  const remove = button("Uninstall…", {
    look: "danger-quiet",
    test: "uninstall",
    onclick: () => context.uninstall(remove),
  });
  const node = h(
    "div",
    { class: "overview" },
    h("div", { class: "overview-main" }, run.node),
    h(
      "div",
      { class: "overview-side" },
      now,
      h(
        "section",
        { class: "box" },
        h("h2", null, "About"),
        description,
        about,
        h("details", { class: "manifest" }, h("summary", null, "Its manifest"), manifest),
      ),
      h("section", { class: "box box-row" }, h("label", { class: "inline" }, enabled, "It may start"), remove),
    ),
  );
  let digest = null;

  return {
    node,
    update(inspection) {
      const { plugin } = inspection;
      run.update(inspection);
      enabled.checked = plugin.enabled;
      if (digest !== plugin.current.digest) {
        digest = plugin.current.digest;
        fill(description, said(plugin.current.description ?? "It says nothing about itself."));
        text(manifest, inspection.manifest);
        fill(
          about,
          [
            ["Installed", day(plugin.current.installed)],
            ["Digest", [h("code", { title: digest }, shortDigest(digest)), copyButton(digest, "Copy the digest")]],
            inspection.files !== null && ["Size", `${many(inspection.files, "file")}, ${bytes(inspection.bytes)}`],
            ["Folder", h("code", null, said(inspection.folder, "clip"))],
          ]
            .filter(Boolean)
            .map(([title, value]) => h("div", null, h("dt", null, title), h("dd", null, value))),
        );
      }
      this.live();
    },
    live() {
      const cell = cellOf(name),
        runs = context.running() && cell !== null;
      now.hidden = !runs;
      if (!runs) return;
      const series = store.series.get(name);
      memory.set(`${bytes(cell.memory)}`, `of ${bytes(cell.memoryLimit)}`, series?.memory);
      cores.set(percent(cell.cores), `${work(cell.cpuMs)} in all`, series?.cores);
      bar.set(cell.memory, cell.memoryLimit, `${bytes(cell.memory)} of ${bytes(cell.memoryLimit)}`);
      text(quick.Calls, cell.openCalls > 0 ? `${count(cell.calls)}, ${cell.openCalls} open` : count(cell.calls));
      text(quick.Denied, count(cell.denials));
      attr(quick.Denied, "data-tone", cell.denials > 0 ? "bad" : null);
      text(quick.Network, `${bytes(cell.bytesIn)} in, ${bytes(cell.bytesOut)} out`);
      text(quick.Risk, `${Math.round(cell.risk)} of 100`);
      text(quick.Age, span(cell.ageMs));
      rung.set(cell.rung);
    },
    close: run.close,
  };
}

function figure(title, least) {
  const value = h("b", { class: "figures" }),
    rest = h("span", { class: "faint small" }),
    line = spark("now-spark", least);
  return {
    node: h(
      "figure",
      { class: "now-figure" },
      h("figcaption", { class: "faint small" }, title),
      h("p", null, value),
      rest,
      line.node,
    ),
    set(words, more, values) {
      text(value, words);
      text(rest, more);
      line.set(values);
    },
  };
}
