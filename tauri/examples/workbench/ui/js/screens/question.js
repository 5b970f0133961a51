// A plugin asks for something while it runs: one question at a time, and the way out has the focus.

import { aether } from "../api.js";
import { attr, h, said } from "../dom.js";
import { many, span } from "../format.js";
import { mark } from "../icons.js";
import { busy, button, dialog, fixLine, notice, riskMark } from "../parts.js";
import { on } from "../store.js";

/** How long an answer that came too late stays on screen. */
const OVER_MS = 4000;

const waiting = [];
let shown = null;

/** From here on questions open by themselves. */
export function startQuestions() {
  on("question", (question) => {
    if (shown?.id === question.id || waiting.some((one) => one.id === question.id)) return;
    waiting.push(question);
    next();
  });
  on("question-over", (id) => {
    const at = waiting.findIndex((one) => one.id === id);
    if (at >= 0) waiting.splice(at, 1);
    if (shown?.id === id) shown.over();
  });
}

function next() {
  if (!shown && waiting.length > 0) shown = ask(waiting.shift());
}

function ask(question) {
  let answered = false,
    timer = 0;
  const problems = h("div");
  const allow = button("Allow once", { look: "primary", test: "question-allow", onclick: () => answer(true, allow) });
  const deny = button("Deny", { test: "question-deny", autofocus: true, onclick: () => answer(false, deny) });
  const actions = h("div", { class: "actions" }, deny, allow);
  const terms = [
    question.uses !== null && ["How often", question.uses === 1 ? "once" : many(question.uses, "time")],
    question.lifetimeMs !== null && ["How long", `for ${span(question.lifetimeMs)}`],
  ].filter(Boolean);

  async function answer(yes, node) {
    await busy(node, problems, async () => {
      const counted = await aether().respond(question.id, yes);
      answered = true;
      if (counted) box.close();
      else over();
    });
  }

  function over() {
    answered = true;
    attr(box.node, "data-over", "");
    actions.replaceChildren(button("Close", { test: "question-close", onclick: () => box.close() }));
    actions.firstChild.focus();
    problems.replaceChildren(
      notice("plain", "info", h("p", null, "This question is over. Nobody answered in time, so it was denied.")),
    );
    timer = setTimeout(() => box.close(), OVER_MS);
  }

  const box = dialog(
    {
      label: `${question.plugin} asks`,
      className: "question",
      test: "question",
      role: "alertdialog",
      onclose: () => {
        clearTimeout(timer);
        if (!answered)
          aether()
            .respond(question.id, false)
            .catch(() => {});
        shown = null;
        next();
      },
    },
    h(
      "div",
      { class: "question-head" },
      mark(question.plugin, 40),
      h(
        "div",
        null,
        h(
          "p",
          { class: "faint" },
          h("strong", null, said(question.plugin, "clip")),
          question.kind === "elevation" ? " asks for more than it has" : " asks for your consent",
        ),
        h("h2", null, said(question.want)),
      ),
      question.risk && riskMark(question.risk),
    ),
    question.reason !== null &&
      h(
        "figure",
        { class: "own-words" },
        h("figcaption", null, "The plugin's own words, which nobody checked"),
        h("blockquote", null, said(question.reason)),
      ),
    terms.length > 0 &&
      h(
        "dl",
        { class: "terms" },
        terms.map(([term, words]) => h("div", null, h("dt", null, term), h("dd", null, words))),
      ),
    question.policyLine !== null && fixLine(question.policyLine, "This line of the policy would always allow it"),
    problems,
    actions,
  );
  return { id: question.id, over };
}
