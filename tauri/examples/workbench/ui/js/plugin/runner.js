// Calls a method with an input and shows what comes back: pieces as they stream, progress, a result or an error.

import { call } from "../api.js";
import { attr, each, fill, h, plain, said, text } from "../dom.js";
import { many } from "../format.js";
import { button, copyButton, errorBox } from "../parts.js";

/** Pieces that are kept on screen; of more the latest. */
const PIECES = 500;
/** Characters of a result that are shown. */
const SHOWN = 200_000;

export function runner(context) {
  let method = null,
    abort = null,
    methods = [];
  const list = h("div", { class: "methods", role: "radiogroup", "aria-label": "Methods", onkeydown: keys });
  const input = h("textarea", {
    class: "field mono input",
    rows: 6,
    spellcheck: "false",
    test: "input",
    "aria-label": "Input, as JSON",
    oninput: check,
    onkeydown: (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) start();
    },
  });
  const wrong = h("p", { class: "hint bad", id: "input-wrong", hidden: true });
  const run = button("Run", { look: "primary", symbol: "play", test: "run", onclick: start });
  const cancel = button("Cancel", { symbol: "cross", test: "cancel", hidden: true, onclick: () => abort?.abort() });
  const hint = h("p", { class: "hint faint" });
  const bar = h("progress", { class: "progress", max: 1, test: "progress", "aria-label": "Progress", hidden: true }),
    progressWords = h("p", { class: "hint faint", dir: "auto" });
  const outcome = h("div", { class: "outcome", "aria-live": "polite" });
  const node = h(
    "section",
    { class: "box runner" },
    h("h2", null, "Run a method"),
    h(
      "div",
      { class: "runner-grid" },
      list,
      h(
        "div",
        { class: "runner-form" },
        h("label", { class: "label" }, "Input, as JSON", input),
        wrong,
        h("div", { class: "runner-actions" }, run, cancel, hint),
        bar,
        progressWords,
        outcome,
      ),
    ),
  );
  input.value = "{}";

  function keys(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!step || methods.length === 0) return;
    event.preventDefault();
    choose(methods[(methods.indexOf(method) + step + methods.length) % methods.length]);
    list.querySelector("[aria-checked=true]")?.focus();
  }

  function choose(name) {
    method = name;
    for (const one of list.children) {
      attr(one, "aria-checked", String(one.dataset.method === name));
      one.tabIndex = one.dataset.method === name ? 0 : -1;
    }
    ready();
  }

  /** The input as a value; undefined, with the reason on screen, if it is no JSON. An empty box is no input. */
  function check() {
    try {
      const value = input.value.trim() === "" ? null : JSON.parse(input.value);
      wrong.hidden = true;
      attr(input, "aria-invalid", null);
      return { value };
    } catch (error) {
      text(wrong, `This is not JSON: ${error.message}`);
      wrong.hidden = false;
      attr(input, "aria-invalid", "true");
      attr(input, "aria-describedby", "input-wrong");
      return null;
    }
  }

  function ready() {
    run.disabled = !context.mayRun() || method === null || abort !== null;
    text(hint, abort ? "" : hintWords());
  }

  function hintWords() {
    if (!context.mayRun()) return "It is disabled, so its methods are not run.";
    if (method === null) return "It offers no method.";
    return context.running() ? "Ctrl+Enter runs it, too." : "It is started for this.";
  }

  async function start() {
    const given = check();
    if (run.disabled || given === null) return;
    abort = new AbortController();
    const mine = abort,
      began = performance.now(),
      pieces = [];
    let pieceCount = 0,
      due = false;
    const stream = h("ol", { class: "pieces", test: "pieces" }),
      number = h("span");
    cancel.hidden = false;
    bar.hidden = true;
    bar.removeAttribute("value");
    text(progressWords, "");
    fill(outcome);
    ready();
    // A flood of pieces is drawn once a frame.
    const draw = () => {
      due = false;
      if (!stream.isConnected)
        outcome.append(h("div", { class: "outcome-head" }, h("h3", null, "Pieces"), number), stream);
      const atEnd = stream.scrollTop + stream.clientHeight >= stream.scrollHeight - 8;
      text(number, many(pieceCount, "piece"));
      each(
        stream,
        pieces,
        (piece) => piece.at,
        (piece) => ({ node: h("li", { class: "mono" }, said(show(piece.value, 0))) }),
      );
      if (atEnd) stream.scrollTop = stream.scrollHeight;
    };
    try {
      const value = await call(context.name, method, given.value, {
        signal: mine.signal,
        onPiece: (piece) => {
          pieces.push({ at: pieceCount++, value: piece });
          if (pieces.length > PIECES) pieces.shift();
          if (!due) requestAnimationFrame(draw);
          due = true;
        },
        onProgress: ({ fraction, message }) => {
          bar.hidden = false;
          if (Number.isFinite(fraction)) bar.value = fraction;
          text(progressWords, plain(message ?? "").slice(0, 300));
        },
      });
      if (due) draw();
      const words = show(value);
      outcome.append(
        h(
          "div",
          { class: "outcome-head" },
          h("h3", null, "Result"),
          h("span", null, `after ${((performance.now() - began) / 1000).toFixed(2)} s`),
          copyButton(words, "Copy the result"),
        ),
        h(
          "pre",
          { class: "code", test: "result", dir: "auto", tabIndex: 0 },
          words.length > SHOWN ? `${words.slice(0, SHOWN)}\n… ${words.length - SHOWN} characters more` : words,
        ),
      );
    } catch (error) {
      if (due) draw();
      outcome.append(
        mine.signal.aborted ? h("p", { class: "faint", test: "cancelled" }, "Cancelled.") : errorBox(error),
      );
    } finally {
      if (abort === mine) abort = null;
      cancel.hidden = true;
      bar.hidden = true;
      text(progressWords, "");
      ready();
    }
  }

  return {
    node,
    update(inspection) {
      methods = inspection.methods;
      each(
        list,
        methods,
        (name) => name,
        (name) => ({
          node: h(
            "button",
            {
              type: "button",
              role: "radio",
              class: "method",
              test: `method-${name}`,
              "data-method": name,
              onclick: () => choose(name),
            },
            said(name, "clip"),
          ),
        }),
      );
      choose(methods.includes(method) ? method : (methods[0] ?? null));
    },
    close: () => abort?.abort(),
  };
}

/** A value as a person reads it: a text as it is, the rest as JSON. */
function show(value, indent = 2) {
  if (typeof value === "string") return plainLines(value);
  return plainLines(JSON.stringify(value, null, indent) ?? "nothing");
}

function plainLines(value) {
  return value.split("\n").map(plain).join("\n");
}
