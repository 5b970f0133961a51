// Parts that several screens share: problems with their fix, badges, switches, tabs and dialogs.

import { problem } from "./api.js";
import { attr, fill, h, plain, said, sentence, text } from "./dom.js";
import { icon } from "./icons.js";
import { RUNG_WORDS, RUNGS, RUNTIMES } from "./words.js";

/** A button; `look` is one of primary, plain, quiet, danger. */
export function button(label, { look = "plain", symbol, ...props }, ...more) {
  return h(
    "button",
    { type: "button", class: `button ${look}`, ...props },
    symbol && icon(symbol),
    h("span", null, label),
    more,
  );
}

/** A button with an icon alone. */
export function iconButton(symbol, label, props) {
  return h(
    "button",
    { type: "button", class: "icon-button", "aria-label": label, title: label, ...props },
    icon(symbol),
  );
}

/** Runs something once at a time: the button is busy meanwhile, what went wrong is told at `place`. */
export async function busy(node, place, work) {
  if (node.getAttribute("aria-busy") === "true") return undefined;
  attr(node, "aria-busy", "true");
  place?.replaceChildren();
  try {
    return await work();
  } catch (error) {
    if (place) place.replaceChildren(errorBox(error));
    else throw error;
  } finally {
    attr(node, "aria-busy", null);
  }
  return undefined;
}

/** What went wrong, with the line that would mend it. */
export function errorBox(error, test = "error") {
  const { code, message, fix } = problem(error);
  return h(
    "div",
    { class: "notice bad", role: "alert", test },
    icon("warn"),
    h(
      "div",
      { class: "notice-body" },
      h("p", null, sentence(message)),
      fix && fixLine(fix, "What to do"),
      h("p", { class: "faint mono small" }, said(code)),
    ),
  );
}

/** A notice that is no error. */
export function notice(tone, symbol, ...body) {
  return h("div", { class: `notice ${tone}` }, icon(symbol), h("div", { class: "notice-body" }, body));
}

/** The exact line that would allow it, to copy. */
export function fixLine(line, label = "To allow it") {
  return h(
    "div",
    { class: "fix" },
    h("span", { class: "fix-label" }, label),
    h("code", { class: "fix-line" }, said(line)),
    copyButton(line),
  );
}

/** Copies a text; says so in its own label for a moment. */
export function copyButton(value, label = "Copy") {
  const node = iconButton("copy", label, {
    test: "copy",
    onclick: async () => {
      const done = await copy(value);
      node.replaceChildren(icon(done ? "check" : "cross"));
      attr(node, "aria-label", done ? "Copied" : "Could not copy");
      setTimeout(() => {
        node.replaceChildren(icon("copy"));
        attr(node, "aria-label", label);
      }, 1500);
    },
  });
  return node;
}

async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    // Not every web view gives the clipboard to a page of its own scheme: the old way asks nothing.
    const area = h("textarea", { class: "unseen", value });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export function runtimeBadge(runtime) {
  return h("span", { class: "badge" }, RUNTIMES[runtime] ?? plain(runtime));
}

/** A risk by shape and word: a triangle, a diamond or a dot. */
export function riskMark(risk) {
  return h(
    "span",
    { class: `risk ${risk}` },
    h("span", { class: "risk-shape", "aria-hidden": "true" }),
    { high: "High", medium: "Medium", low: "Low" }[risk] ?? risk,
  );
}

/** A state by dot and word; updated in place. */
export function stateMark() {
  const word = h("span");
  const node = h("span", { class: "state" }, h("span", { class: "state-dot", "aria-hidden": "true" }), word);
  return { node, set: (state) => (attr(node, "data-state", state.key), text(word, state.word)) };
}

/** The rung of the ladder: six steps, filled as far as it stands, and its word. */
export function rungMark() {
  const steps = RUNGS.map(() => h("i"));
  const word = h("span");
  const node = h("span", { class: "rung" }, h("span", { class: "rung-steps", "aria-hidden": "true" }, steps), word);
  return {
    node,
    set(rung) {
      const at = RUNGS.indexOf(rung);
      steps.forEach((step, i) => attr(step, "class", i <= at && at > 0 ? "on" : null));
      attr(node, "data-tone", at >= 4 ? "bad" : at >= 2 ? "warn" : null);
      text(word, RUNG_WORDS[rung] ?? rung);
    },
  };
}

/** A switch with a name for assistive technology. */
export function toggle(label, checked, props) {
  return h("input", { type: "checkbox", role: "switch", class: "switch", "aria-label": label, checked, ...props });
}

/** What to say where there is nothing. */
export function empty(symbol, title, sentence, ...actions) {
  return h("div", { class: "empty" }, icon(symbol), h("h2", null, title), h("p", null, sentence), actions);
}

/**
 * Tabs by the usual pattern: arrows move, Home and End jump. `tabs` is `[{ key, label, test, count? }]`;
 * the panels stay in the document, since a frame that is moved loses what it shows.
 */
export function tabs(name, list, show) {
  const buttons = list.map((tab) => {
    const number = h("span", { class: "count", hidden: true });
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${tab.key}`,
        class: "tab",
        test: tab.test,
        "aria-controls": `panel-${tab.key}`,
        onclick: () => show(tab.key),
      },
      tab.label,
      number,
    );
  });
  const node = h(
    "div",
    {
      class: "tabs",
      role: "tablist",
      "aria-label": name,
      onkeydown: (event) => {
        const visible = buttons.filter((one) => !one.hidden),
          at = visible.indexOf(document.activeElement);
        const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: visible.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const target = visible[(to + visible.length) % visible.length];
        target.focus();
        target.click();
      },
    },
    buttons,
  );
  return {
    node,
    select(key) {
      list.forEach((tab, i) => {
        attr(buttons[i], "aria-selected", String(tab.key === key));
        buttons[i].tabIndex = tab.key === key ? 0 : -1;
        if (tab.key === key) buttons[i].scrollIntoView?.({ block: "nearest", inline: "nearest" });
      });
    },
    count(key, number) {
      const node = buttons[list.findIndex((tab) => tab.key === key)].lastChild;
      node.hidden = !number;
      text(node, number || "");
    },
    hide(key, hidden) {
      buttons[list.findIndex((tab) => tab.key === key)].hidden = hidden;
    },
  };
}

/** A modal dialog, gone from the document once closed. `onclose` is given what `close(value)` was given. */
export function dialog({ label, className = "", test, onclose, role }, ...body) {
  const node = h("dialog", { class: `dialog ${className}`, "aria-label": label, test, role }, body);
  let answer;
  node.addEventListener("close", () => {
    node.remove();
    onclose?.(answer);
  });
  document.body.append(node);
  node.showModal();
  (node.querySelector("[autofocus]") ?? node.querySelector("button"))?.focus();
  return {
    node,
    close: (value) => {
      answer = value;
      node.close();
    },
    replace: (...next) => fill(node, ...next),
  };
}

/** Asks before something that cannot be undone; the way out has the focus. */
export function confirm({ title, sentence, action, test, look = "danger" }) {
  return new Promise((resolve) => {
    const box = dialog(
      { label: title, className: "small-dialog", onclose: (value) => resolve(value === true) },
      h("h2", null, title),
      h("p", null, sentence),
      h(
        "div",
        { class: "actions" },
        button("Keep it", { autofocus: true, onclick: () => box.close(false) }),
        button(action, { look, test, onclick: () => box.close(true) }),
      ),
    );
  });
}
