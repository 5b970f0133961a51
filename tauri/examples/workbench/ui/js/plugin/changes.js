// What the plugin would write: nothing is on disk until somebody applies it.

import { aether } from "../api.js";
import { attr, each, fill, h, plain, said, text } from "../dom.js";
import { bytes, many } from "../format.js";
import { busy, button, confirm, empty, errorBox, notice } from "../parts.js";
import { refresh } from "../store.js";
import { KINDS } from "../words.js";

/** Lines of one difference that are drawn at first. */
const LINES = 400;
/** How many changes are open at first. */
const OPEN = 3;

export function changesTab(context) {
  const left = new Set();
  let changes = [],
    asked = 0;
  const problems = h("div"),
    outcome = h("div", { class: "banners", test: "changes-outcome", role: "status" });
  const none = h(
    "div",
    { hidden: true },
    empty(
      "file",
      "No changes wait",
      "What the plugin writes is kept here until you apply it. So far it has written nothing, or all of it is decided.",
    ),
  );
  const words = h("p", { class: "head-note" });
  const apply = button("Apply all", {
    look: "primary",
    test: "changes-apply",
    onclick: () => busy(apply, problems, applyChosen),
  });
  const discard = button("Discard all…", { look: "danger-quiet", test: "changes-discard", onclick: discardAll });
  const bar = h("div", { class: "bar", hidden: true }, words, discard, apply);
  const list = h("ul", { class: "changes" });
  const node = h("div", { class: "stack" }, problems, outcome, none, bar, list);

  async function load() {
    const mine = ++asked;
    try {
      const found = await aether().changes(context.name);
      if (mine !== asked) return;
      changes = found;
      show();
    } catch (error) {
      if (mine === asked) fill(problems, errorBox(error));
    }
  }

  function show() {
    none.hidden = changes.length > 0;
    bar.hidden = list.hidden = changes.length === 0;
    for (const path of left) if (!changes.some((one) => one.path === path)) left.delete(path);
    const chosen = changes.length - left.size;
    text(
      words,
      chosen === changes.length
        ? many(changes.length, "change")
        : `${chosen} of ${many(changes.length, "change")} chosen`,
    );
    text(apply.firstChild, left.size === 0 ? "Apply all" : `Apply ${chosen} chosen`);
    apply.disabled = chosen === 0;
    let at = 0;
    each(
      list,
      changes,
      (one) => `${one.cell}\0${one.path}\0${one.kind}\0${one.bytes}\0${one.diff?.length}`,
      (one) => row(one, at++ < OPEN),
    );
  }

  async function applyChosen() {
    const paths = left.size === 0 ? undefined : changes.filter((one) => !left.has(one.path)).map((one) => one.path);
    const done = await aether().apply(context.name, paths);
    const applied = done.filter((one) => one.outcome === "applied").length;
    const not = done.filter((one) => one.outcome === "conflict" || one.outcome === "failed");
    fill(
      outcome,
      applied > 0 && notice("good", "check", h("p", null, `${many(applied, "change")} applied.`)),
      not.map((one) =>
        notice(
          "bad",
          "warn",
          h(
            "p",
            null,
            h("code", null, said(one.path)),
            one.outcome === "conflict"
              ? ": the file has changed meanwhile, so it was left as it is."
              : ": it could not be written.",
          ),
          one.detail && h("p", { class: "faint" }, said(one.detail)),
        ),
      ),
    );
    left.clear();
    await settle();
  }

  /** After a decision: the list here, the count on the tab, and the cards. */
  async function settle() {
    await Promise.all([context.reload(), refresh()]);
  }

  async function discardAll() {
    const sure = await confirm({
      title: `Discard ${many(changes.length, "change")}?`,
      sentence: "What the plugin wrote is forgotten. Your files stay as they are.",
      action: "Discard",
      test: "changes-discard-confirm",
    });
    if (!sure) return;
    await busy(discard, problems, async () => {
      const number = await aether().discard(context.name);
      fill(outcome, notice("plain", "check", h("p", null, `${many(number, "change")} discarded.`)));
      await settle();
    });
  }

  function row(change, open) {
    const choice = h("input", {
      type: "checkbox",
      class: "check",
      checked: !left.has(change.path),
      "aria-label": `Choose ${plain(change.path)}`,
      test: "change-choice",
      onchange: () => {
        choice.checked ? left.delete(change.path) : left.add(change.path);
        show();
      },
    });
    const { added, removed } = counts(change.diff);
    const body = h("div", { class: "diff-place" });
    const fold = h(
      "details",
      { open, ontoggle: () => fold.open && !body.firstChild && body.append(diff(change)) },
      h(
        "summary",
        null,
        h(
          "span",
          { class: `tag kind-${KINDS[change.kind] ? change.kind : "other"}` },
          KINDS[change.kind] ?? plain(change.kind),
        ),
        h("code", { class: "change-path" }, said(change.path, "clip")),
        change.diff === null
          ? h(
              "span",
              { class: "faint small figures" },
              change.bytes === null ? "binary" : `binary, ${bytes(change.bytes)}`,
            )
          : h(
              "span",
              { class: "diff-count figures" },
              h("span", { class: "plus" }, `+${added}`),
              h("span", { class: "less" }, `−${removed}`),
            ),
      ),
      change.host !== null &&
        change.host !== change.path &&
        h("p", { class: "faint small change-host" }, "on disk: ", said(change.host)),
      body,
    );
    if (open) body.append(diff(change));
    return {
      node: h("li", { class: "change", test: "change", "data-path": change.path }, choice, fold),
      update: () => {
        choice.checked = !left.has(change.path);
      },
    };
  }

  return { node, update: load };
}

function counts(diff) {
  const lines = (diff ?? "").split("\n");
  return {
    added: lines.filter((line) => line.startsWith("+") && !line.startsWith("+++")).length,
    removed: lines.filter((line) => line.startsWith("-") && !line.startsWith("---")).length,
  };
}

/** A unified difference as lines with their sign in a column of its own, so that colour is not all there is. */
function diff(change) {
  if (change.diff === null)
    return h(
      "p",
      { class: "faint diff-none" },
      change.kind === "deleted"
        ? "The file would be deleted."
        : "This is not a text, so there is nothing to show line by line.",
    );
  const lines = change.diff
    .replace(/\n$/, "")
    .split("\n")
    .filter((line) => !line.startsWith("--- ") && !line.startsWith("+++ "));
  const place = h("div", { class: "diff", role: "group", "aria-label": "Difference", tabIndex: 0 });
  const rows = h("div", { class: "diff-lines" });
  let old = 0,
    now = 0;
  const draw = (from, to) =>
    lines.slice(from, to).forEach((line) => {
      const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(line);
      if (hunk) {
        [old, now] = [Number(hunk[1]), Number(hunk[2])];
        rows.append(
          h(
            "div",
            { class: "line hunk" },
            h("span", { class: "line-no" }),
            h("span", { class: "line-sign" }),
            h("span", { class: "line-text" }, plain(line)),
          ),
        );
        return;
      }
      const kind = line[0] === "+" ? "plus" : line[0] === "-" ? "less" : "same";
      const number = kind === "less" ? old : now;
      if (kind !== "plus") old += 1;
      if (kind !== "less") now += 1;
      rows.append(
        h(
          "div",
          { class: `line ${kind}` },
          h("span", { class: "line-no", "aria-hidden": "true" }, line.startsWith("\\") ? "" : number),
          h("span", { class: "line-sign" }, { plus: "+", less: "−", same: "" }[kind]),
          h("span", { class: "line-text", dir: "auto" }, plain(line.slice(1).slice(0, 2000))),
        ),
      );
    });
  draw(0, LINES);
  place.append(rows);
  if (lines.length > LINES) {
    const more = button(`Show ${many(lines.length - LINES, "more line")}`, {
      look: "quiet",
      onclick: () => {
        draw(LINES, lines.length);
        more.remove();
      },
    });
    place.append(more);
  }
  attr(place, "data-kind", change.kind);
  return place;
}
