// What the plugin may do: what was granted and refused, and switches for what it can do without.

import { aether } from "../api.js";
import { each, fill, h, said, sentence, text } from "../dom.js";
import { permissionIcon } from "../icons.js";
import { busy, button, notice, riskMark, toggle } from "../parts.js";
import { RISKS, rightWords } from "../words.js";

export function permissionsTab(context) {
  const list = h("div", { class: "grants" });
  const limits = h("div");
  const problems = h("div");
  const restart = button("Restart now", {
    test: "restart-hint",
    onclick: () => context.act(restart, () => aether().restart(context.name)).then(() => (pending.hidden = true)),
  });
  const pending = notice("plain", "info", h("p", null, "What you changed counts from the next start."));
  pending.append(restart);
  pending.hidden = true;
  pending.dataset.test = "next-start";
  const node = h("div", { class: "stack" }, pending, problems, list, limits);

  function group({ risk, title, text: words }) {
    const rows = h("ul");
    return {
      node: h(
        "section",
        { class: `rights ${risk}` },
        h("h3", null, riskMark(risk), h("span", { class: "unseen" }, title), h("span", { class: "faint" }, words)),
        rows,
      ),
      rows,
    };
  }

  const groups = new Map(RISKS.map((risk) => [risk.risk, group(risk)]));
  const none = notice("plain", "check", h("p", null, "It asked for nothing: no files, no network, no variables."));
  list.append(none, ...[...groups.values()].map((one) => one.node));

  function row(first, at) {
    const state = h("span", { class: "grant-state" });
    const control = first.optional
      ? toggle(`Grant: ${rightWords(first.right)}`, false, {
          test: `optional-${at}`,
          onchange: () => busy(control, problems, change).finally(() => (control.checked = now.granted === true)),
        })
      : null;
    let now = first;
    async function change() {
      const wanted = control.checked;
      const done = await (wanted ? aether().grant(context.name, now.right) : aether().revoke(context.name, now.right));
      now = { ...now, granted: wanted };
      pending.hidden = !done.running;
      await context.reload();
    }
    const node = h(
      "li",
      { class: "right" },
      permissionIcon(first.right.permission),
      h(
        "div",
        { class: "right-words" },
        h("p", null, sentence(first.note || rightWords(first.right))),
        h("code", { class: "faint" }, said(`${first.right.permission} ${first.right.resource}`, "clip")),
      ),
      state,
      control ? h("label", { class: "optional" }, "Optional", control) : h("span", { class: "required" }, "Required"),
    );
    return {
      node,
      update(asked) {
        now = asked;
        if (control && control.getAttribute("aria-busy") !== "true") control.checked = asked.granted === true;
        text(state, asked.granted === true ? "Granted" : asked.granted === false ? "Refused" : "Not asked");
        state.dataset.granted = String(asked.granted);
      },
    };
  }

  return {
    node,
    update(inspection) {
      none.hidden = inspection.rights.length > 0;
      const optional = inspection.rights.filter((asked) => asked.optional);
      for (const { risk } of RISKS) {
        const rights = inspection.rights.filter((asked) => asked.risk === risk);
        groups.get(risk).node.hidden = rights.length === 0;
        each(
          groups.get(risk).rows,
          rights,
          ({ right }) => `${right.permission}\0${right.resource}`,
          (asked) => row(asked, optional.indexOf(asked)),
        );
      }
      if (!inspection.plugin.running) pending.hidden = true;
      fill(
        limits,
        inspection.limits.length > 0 &&
          h(
            "section",
            { class: "box" },
            h("h2", null, "More than the usual limits"),
            h(
              "table",
              { class: "plain-table" },
              h(
                "thead",
                null,
                h(
                  "tr",
                  null,
                  ["Limit", "It has", "Usual"].map((title) => h("th", { scope: "col" }, title)),
                ),
              ),
              h(
                "tbody",
                null,
                inspection.limits.map((limit) =>
                  h(
                    "tr",
                    null,
                    h("th", { scope: "row" }, said(limit.limit)),
                    h("td", { class: "figures" }, said(limit.asked)),
                    h("td", { class: "figures faint" }, said(limit.standard)),
                  ),
                ),
              ),
            ),
          ),
      );
    },
  };
}
