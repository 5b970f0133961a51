// What was refused, found and done about it: one time line, the newest first, the same thing once with its count.

import { attr, each, h, plain, said, sentence, text } from "../dom.js";
import { clock, count, many } from "../format.js";
import { icon, permissionIcon } from "../icons.js";
import { button, empty, fixLine } from "../parts.js";
import { clearIncidents, INCIDENTS, on, seen, store } from "../store.js";
import { RUNG_WORDS } from "../words.js";

const FILTERS = [
  ["all", "Everything"],
  ["refused", "Refused"],
  ["finding", "Findings"],
  ["ladder", "Measures"],
];

export function violations() {
  let kind = "all";
  const summary = h("p", { class: "head-note" });
  const plugins = h("select", {
    class: "field",
    "aria-label": "Of which plugin",
    test: "violation-plugin",
    onchange: update,
  });
  const chips = FILTERS.map(([key, label]) =>
    h(
      "button",
      {
        type: "button",
        class: "chip",
        test: `filter-${key}`,
        "aria-pressed": String(key === kind),
        onclick: () => {
          kind = key;
          chips.forEach((chip, i) => attr(chip, "aria-pressed", String(FILTERS[i][0] === kind)));
          update();
        },
      },
      label,
      h("span", { class: "count" }),
    ),
  );
  const list = h("ol", { class: "timeline" });
  const none = h("div");
  const clear = button("Clear", { look: "quiet", test: "violations-clear", onclick: clearIncidents });
  const node = h(
    "div",
    { class: "screen" },
    h(
      "div",
      { class: "head" },
      h("div", { class: "head-words" }, h("h1", null, "Violations"), summary),
      h("div", { class: "head-actions" }, plugins, clear),
    ),
    h("div", { class: "chips", role: "group", "aria-label": "What to show" }, chips),
    none,
    list,
  );

  function update() {
    const all = [...store.incidents.values()].reverse();
    choose(all);
    const of = all.filter((one) => plugins.value === "" || one.plugin === plugins.value);
    const shown = of.filter((one) => kind === "all" || one.kind === kind);
    FILTERS.forEach(([key], i) =>
      text(chips[i].lastChild, of.filter((one) => key === "all" || one.kind === key).length),
    );
    const refused = all.filter((one) => one.kind === "refused").reduce((sum, one) => sum + one.count, 0);
    text(
      summary,
      all.length === 0
        ? "Since this window opened"
        : `${many(refused, "refusal")} since this window opened${all.length >= INCIDENTS ? `, the last ${INCIDENTS} kept` : ""}`,
    );
    clear.hidden = plugins.hidden = all.length === 0;
    if (shown.length > 0) none.replaceChildren();
    else if (!none.firstChild)
      none.append(
        empty(
          "check",
          "Nothing here",
          "When a plugin tries what it was not granted, or its monitor finds something odd, it is listed here with the line that would allow it.",
        ),
      );
    each(list, shown, (one) => one.key, row);
    seen();
  }

  /** The plugins there are to choose from; the choice stays. */
  function choose(all) {
    const names = [...new Set(all.map((one) => one.plugin))].sort();
    if (plugins.dataset.names === names.join("\0")) return;
    plugins.dataset.names = names.join("\0");
    const chosen = plugins.value;
    plugins.replaceChildren(
      h("option", { value: "" }, "All plugins"),
      ...names.map((name) => h("option", { value: name }, plain(name))),
    );
    plugins.value = names.includes(chosen) ? chosen : "";
  }

  const end = on("incidents", update);
  update();
  return { node, close: end };
}

function row(first) {
  const times = h("span", { class: "times figures" });
  const when = h("time", { class: "figures faint" });
  const node = h(
    "li",
    { class: `incident ${first.kind}`, test: "violation-row", "data-plugin": first.plugin },
    h("span", { class: "incident-symbol" }, symbol(first)),
    h(
      "div",
      { class: "incident-body" },
      h(
        "p",
        { class: "incident-head" },
        h(
          "a",
          { class: "incident-plugin", href: `#/plugin/${encodeURIComponent(first.plugin)}` },
          said(first.plugin, "clip"),
        ),
        what(first),
        times,
      ),
      words(first),
    ),
    when,
  );
  return {
    node,
    update(one) {
      text(times, one.count > 1 ? `${count(one.count)} times` : "");
      text(when, clock(one.last));
      attr(when, "title", one.count > 1 ? `First ${clock(one.first)}` : null);
    },
  };
}

function symbol(one) {
  if (one.kind === "refused") return permissionIcon(one.permission);
  return icon(one.kind === "ladder" ? "ladder" : "eye");
}

function what(one) {
  if (one.kind === "refused")
    return [
      h("span", { class: "tag bad" }, "refused"),
      h("code", null, said(one.permission)),
      h("code", { class: "object" }, said(one.object, "clip")),
    ];
  if (one.kind === "finding")
    return [
      h("span", { class: "tag warn" }, "finding"),
      h("code", null, said(one.rule)),
      h("span", { class: "faint figures" }, `risk ${Math.round(one.risk)}`),
    ];
  return [
    h("span", { class: "tag" }, "measure"),
    h(
      "span",
      null,
      RUNG_WORDS[one.from] ?? plain(one.from),
      " → ",
      h("strong", null, RUNG_WORDS[one.to] ?? plain(one.to)),
    ),
  ];
}

function words(one) {
  if (one.kind === "refused") {
    return [
      h("p", { class: "faint" }, sentence(one.message)),
      one.fix && fixLine(one.fix, "The manifest would need"),
      one.policyLine && fixLine(one.policyLine, "The policy would need"),
    ];
  }
  if (one.kind === "finding") return h("p", { class: "faint" }, sentence(one.text));
  return h("p", { class: "faint" }, "By ", said(one.by), ": ", said(one.because));
}
