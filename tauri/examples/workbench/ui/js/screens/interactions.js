// Who calls whom and what leaves the machine: a diagram, the same as a table, the report and the audit check.

import { aether } from "../api.js";
import { fill, h, said, sentence, text } from "../dom.js";
import { bytes, count, many } from "../format.js";
import { busy, button, dialog, empty, errorBox, iconButton, notice } from "../parts.js";
import { diagram } from "./diagram.js";

const EVERY_MS = 2000;

export function interactions() {
  const summary = h("p", { class: "head-note" });
  const problems = h("div"),
    checked = h("div", { test: "audit-result", role: "status" });
  const report = button("Report", {
    symbol: "report",
    test: "report",
    onclick: () => busy(report, problems, showReport),
  });
  const verify = button("Verify the audit log", {
    symbol: "check",
    test: "audit-verify",
    onclick: () => busy(verify, problems, verifyAudit),
  });
  const picture = h("div", { class: "diagram-frame", tabIndex: 0, role: "group", "aria-label": "Diagram" }),
    tables = h("div", { class: "stack" });
  const legend = h(
    "ul",
    { class: "legend", hidden: true },
    [
      ["solid", "call that was answered"],
      ["dashed", "call that was refused"],
      ["round", "plugin"],
      ["square", "other machine"],
    ].map(([key, words]) => h("li", null, h("span", { class: `key ${key}`, "aria-hidden": "true" }), words)),
  );
  const node = h(
    "div",
    { class: "screen" },
    h(
      "div",
      { class: "head" },
      h("div", { class: "head-words" }, h("h1", null, "Interactions"), summary),
      h("div", { class: "head-actions" }, verify, report),
    ),
    problems,
    checked,
    picture,
    legend,
    tables,
  );
  let drawn = "",
    timer = 0,
    closed = false;

  async function load() {
    clearTimeout(timer);
    try {
      const found = await aether().interactions();
      const words = JSON.stringify(found);
      if (!closed && words !== drawn) draw(found);
      drawn = words;
    } catch (error) {
      if (drawn !== "error") fill(problems, errorBox(error));
      drawn = "error";
    }
    if (!closed) timer = setTimeout(load, EVERY_MS);
  }

  function draw(found) {
    const sum = (list, of) => list.reduce((total, one) => total + of(one), 0);
    const calls = sum(found.edges, (edge) => edge.calls);
    const refused =
      sum(found.edges, (edge) => edge.refused) + sum(found.destinations, (one) => (one.allowed ? 0 : one.times));
    const none = found.edges.length === 0 && found.destinations.length === 0;
    text(
      summary,
      none
        ? ""
        : [
            `${calls === 0 ? "No call" : many(calls, "call")} between plugins`,
            many(found.destinations.length, "other machine"),
            `${count(refused)} refused`,
          ].join(", "),
    );
    legend.hidden = picture.hidden = none;
    fill(picture, !none && diagram(found, Math.max(640, picture.clientWidth - 18)));
    fill(
      tables,
      none
        ? empty(
            "interactions",
            "Nobody has talked to anybody",
            "When plugins call each other, or ask for another machine, it is drawn here.",
          )
        : [
            found.edges.length > 0 &&
              table(
                "Calls",
                ["From", "To", "What", "Calls", "Bytes", "Refused"],
                found.edges.map((edge) => [
                  said(edge.from, "clip"),
                  said(edge.to, "clip"),
                  h("code", null, said(edge.label, "clip")),
                  count(edge.calls),
                  bytes(edge.bytes),
                  edge.refused > 0 ? h("span", { class: "tag bad" }, count(edge.refused)) : "0",
                ]),
                3,
              ),
            found.destinations.length > 0 &&
              table(
                "Other machines",
                ["Plugin", "Host", "Verdict", "Times"],
                found.destinations.map((one) => [
                  said(one.plugin, "clip"),
                  h("code", null, said(one.host, "clip")),
                  h("span", { class: `tag ${one.allowed ? "good" : "bad"}` }, one.allowed ? "allowed" : "refused"),
                  count(one.times),
                ]),
                3,
              ),
          ],
    );
  }

  function table(title, heads, rows, numbersFrom) {
    const look = (i) => (i >= numbersFrom ? "number" : "");
    return h(
      "section",
      null,
      h("h2", null, title),
      h(
        "div",
        { class: "table-frame" },
        h(
          "table",
          { class: "plain-table", "aria-label": title },
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              heads.map((head, i) => h("th", { scope: "col", class: look(i) }, head)),
            ),
          ),
          h(
            "tbody",
            null,
            rows.map((row) =>
              h(
                "tr",
                null,
                row.map((cell, i) => h("td", { class: look(i) }, cell)),
              ),
            ),
          ),
        ),
      ),
    );
  }

  async function showReport() {
    const { folder, url } = await aether().report();
    const box = dialog(
      { label: "Report", className: "report-dialog" },
      h(
        "header",
        { class: "report-head" },
        h("h2", null, "Report"),
        h("p", { class: "faint clip", test: "report-folder" }, "in ", h("code", null, said(folder))),
        iconButton("close", "Close the report", { test: "report-close", onclick: () => box.close() }),
      ),
      h("iframe", {
        class: "report-frame",
        test: "report-frame",
        title: "Report of this run",
        sandbox: "allow-scripts",
        src: url,
      }),
    );
  }

  async function verifyAudit() {
    const found = await aether().auditVerify();
    fill(
      checked,
      notice(
        found.intact ? "good" : "bad",
        found.intact ? "check" : "warn",
        h(
          "p",
          null,
          h("strong", null, found.intact ? "The audit log is intact. " : "The audit log was changed. "),
          found.intact && `${many(found.records, "record")}, all as they were written.`,
        ),
        h("details", null, h("summary", null, "The verdict in full"), h("p", { class: "faint" }, sentence(found.text))),
      ),
    );
  }

  load();
  return {
    node,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
