// The last records of the audit log that name this plugin.

import { aether } from "../api.js";
import { fill, h, said, text } from "../dom.js";
import { clock, day, many } from "../format.js";
import { busy, button, empty } from "../parts.js";

const LAST = 100;

export function auditTab(context) {
  const problems = h("div"),
    words = h("p", { class: "head-note" });
  const again = button("Read again", { symbol: "restart", test: "audit-refresh", onclick: load });
  const place = h("div");
  const node = h("div", { class: "stack" }, h("div", { class: "bar" }, words, again), problems, place);

  async function load() {
    const records = await busy(again, problems, () => aether().audit({ plugin: context.name, last: LAST }));
    if (!records) return;
    text(words, records.length === LAST ? `The last ${LAST} records` : many(records.length, "record"));
    if (records.length === 0) {
      fill(place, empty("report", "No records yet", "Each start, call, refusal and finding leaves a record here."));
      return;
    }
    const newest = [...records].sort((a, b) => b.seq - a.seq);
    fill(
      place,
      h(
        "div",
        { class: "table-frame" },
        h(
          "table",
          { class: "plain-table audit", test: "audit-table" },
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              ["No.", "Time", "Kind", "Action", "Verdict", "Object", "Rule"].map((title) =>
                h("th", { scope: "col" }, title),
              ),
            ),
          ),
          h(
            "tbody",
            null,
            newest.map((one) =>
              h(
                "tr",
                null,
                h("td", { class: "number faint" }, one.seq),
                h("td", { class: "figures", title: day(one.time) }, clock(one.time)),
                h("td", null, said(one.kind)),
                h("td", null, h("code", null, said(one.action))),
                h("td", null, h("span", { class: `tag ${tone(one.verdict)}` }, said(one.verdict))),
                h("td", { class: "wide-cell" }, said(one.object ?? "–", "clip")),
                h("td", { class: "faint" }, said(one.rule ?? "–", "clip")),
              ),
            ),
          ),
        ),
      ),
    );
  }

  return { node, shown: load };
}

function tone(verdict) {
  if (/deny|denied|refus|kill|fail/i.test(verdict)) return "bad";
  return /allow|ok|grant/i.test(verdict) ? "good" : "";
}
