// The way of a plugin into the app: what it asks for, and somebody's answer.

import { aether } from "../api.js";
import { h, said, sentence, text } from "../dom.js";
import { many } from "../format.js";
import { icon, mark, permissionIcon } from "../icons.js";
import { busy, button, dialog, iconButton, notice, riskMark, runtimeBadge, toggle } from "../parts.js";
import { refresh, store } from "../store.js";
import { toast } from "../toasts.js";
import { RISKS, rightWords } from "../words.js";
import { about, differenceOf, findingsOf, policyAnswer } from "./install-parts.js";

/** Reviews a known source; `press` is the button that was pressed, what went wrong is told at `place`. */
export async function reviewSource(source, press, place) {
  const review = await busy(press, place, () => aether().review(source));
  if (review) sheet(review);
}

/** Reviews the update that waits for a plugin. */
export async function reviewUpdate(name, press, place) {
  const review = await busy(press, place, () => aether().reviewWaiting(name));
  if (review) sheet(review, true);
}

/** Whether the installed version has this very right: an update that is agreed to does not take it away. */
function isGranted(name, { permission, resource }) {
  const granted = store.plugins?.find((one) => one.name === name)?.current.granted ?? [];
  return granted.some((right) => right.permission === permission && right.resource === resource);
}

/** The sheet itself. `waiting`: the review is of an update that waits, so refusing it removes it. */
export function sheet(review, waiting = false) {
  const refused = review.policy?.answer === "refuses";
  const isUpdate = review.difference !== null;
  const chosen = new Set(review.rights.filter((one) => one.optional && isGranted(review.name, one.right)));
  const problems = h("div");
  const summary = h("p", { class: "sheet-sum" });
  const accept = button(isUpdate ? "Accept update" : "Install", {
    look: "primary",
    test: "sheet-accept",
    onclick: () => busy(accept, problems, install),
  });
  const refuse = button(refused ? "Close" : "Refuse", {
    test: "sheet-refuse",
    autofocus: true,
    onclick: () => busy(refuse, problems, turnDown),
  });
  let decided = false;

  async function install() {
    const optional = review.rights.filter((asked) => asked.optional);
    const done = await aether().install(review.ticket, {
      agreed: true,
      granted: optional.filter((asked) => chosen.has(asked)).map((asked) => asked.right),
      refused: optional.filter((asked) => !chosen.has(asked)).map((asked) => asked.right),
    });
    decided = true;
    box.close();
    if (done.outcome === "unchanged") toast(done.name, " was installed already, and is unchanged", "plain");
    if (done.outcome === "repaired") toast(done.name, " is repaired", "good");
    if (done.outcome === "updated" && done.running)
      toast(done.name, " runs the old version until it is restarted", "plain");
    refresh();
  }

  async function turnDown() {
    if (waiting && !refused) await aether().reject(review.name, review.digest);
    box.close();
    refresh();
  }

  function sum() {
    const required = review.rights.filter((asked) => !asked.optional).length;
    text(
      summary,
      refused
        ? "The policy refuses it, so it cannot be installed."
        : `You would grant ${many(required + chosen.size, "right")}${chosen.size ? `, ${chosen.size} of them optional` : ""}.`,
    );
  }

  let optionalAt = 0;
  const group = ({ risk, title, text: words }) => {
    const asked = review.rights.filter((one) => one.risk === risk);
    return (
      asked.length > 0 &&
      h(
        "section",
        { class: `rights ${risk}` },
        h("h3", null, riskMark(risk), h("span", { class: "unseen" }, title), h("span", { class: "faint" }, words)),
        h(
          "ul",
          null,
          asked.map((one) => right(one)),
        ),
      )
    );
  };
  const right = (one) => {
    const control = one.optional
      ? h(
          "label",
          { class: "optional" },
          "Optional",
          toggle(`Grant: ${rightWords(one.right)}`, chosen.has(one), {
            test: `optional-${optionalAt++}`,
            disabled: refused,
            onchange: (event) => {
              event.target.checked ? chosen.add(one) : chosen.delete(one);
              sum();
            },
          }),
        )
      : h("span", { class: "required" }, "Required");
    return h(
      "li",
      { class: "right" },
      permissionIcon(one.right.permission),
      h(
        "div",
        { class: "right-words" },
        h("p", null, sentence(one.note || rightWords(one.right))),
        h("code", { class: "faint" }, said(`${one.right.permission} ${one.right.resource}`, "clip")),
      ),
      control,
    );
  };

  const box = dialog(
    {
      label: `${isUpdate ? "Update" : "Install"} ${review.name}`,
      className: "sheet",
      test: "sheet",
      onclose: () => {
        if (!decided)
          aether()
            .discardReview(review.ticket)
            .catch(() => {});
      },
    },
    h(
      "header",
      { class: "sheet-head" },
      mark(review.name, 48),
      h(
        "div",
        { class: "sheet-title" },
        h("h2", null, isUpdate ? "Update " : "Install ", said(review.name, "clip")),
        h(
          "p",
          { class: "sheet-under" },
          h(
            "span",
            { class: "figures" },
            isUpdate ? [said(review.difference.version), icon("next"), said(review.version)] : said(review.version),
          ),
          runtimeBadge(review.runtime),
          h("span", { class: "unsigned" }, icon("warn"), "unsigned: nobody vouches for it"),
        ),
      ),
      iconButton("close", waiting ? "Decide later" : "Close", { test: "sheet-close", onclick: () => box.close() }),
    ),
    h(
      "div",
      { class: "sheet-body", tabIndex: 0, role: "group", "aria-label": "What it asks for" },
      policyAnswer(review),
      about(review),
      isUpdate && differenceOf(review),
      review.rights.length === 0
        ? notice("plain", "check", h("p", null, "It asks for nothing: no files, no network, no variables."))
        : [
            h("h3", { class: "rights-title" }, isUpdate ? "Everything it would have" : "What it asks for"),
            RISKS.map(group),
          ],
      review.limits.length > 0 &&
        h(
          "section",
          null,
          h("h3", null, "More than the usual limits"),
          h(
            "table",
            { class: "plain-table" },
            h(
              "thead",
              null,
              h(
                "tr",
                null,
                ["Limit", "It asks for", "Usual"].map((title) => h("th", { scope: "col" }, title)),
              ),
            ),
            h(
              "tbody",
              null,
              review.limits.map((limit) =>
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
      review.findings.length > 0 && findingsOf(review),
    ),
    h(
      "footer",
      { class: "sheet-foot" },
      problems,
      h("div", { class: "sheet-actions" }, summary, refuse, !refused && accept),
    ),
  );
  sum();
  return box;
}
