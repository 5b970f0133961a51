// The gallery: what is installed, as cards, and what comes with the app and can be installed.

import { aether } from "../api.js";
import { spark } from "../charts.js";
import { asSentence, attr, each, fill, h, plain, said, text } from "../dom.js";
import { bytes, many, percent } from "../format.js";
import { icon, mark } from "../icons.js";
import { busy, button, empty, errorBox, runtimeBadge, stateMark } from "../parts.js";
import { cellOf, on, refresh, store } from "../store.js";
import { stateOf } from "../words.js";
import { reviewSource, reviewUpdate } from "./install.js";
import { sourceDialog } from "./source.js";

/** From how many plugins on a filter is worth its place. */
const FILTER_FROM = 9;

export function gallery() {
  let shown = new Map();
  const summary = h("p", { class: "head-note" });
  const problems = h("div"),
    errors = h("div");
  const filter = h("input", {
    type: "search",
    class: "field",
    placeholder: "Filter by name",
    "aria-label": "Filter by name",
    test: "filter",
    hidden: true,
    oninput: update,
  });
  const cards = h("ul", { class: "cards" });
  const none = h(
    "div",
    { hidden: true },
    empty(
      "gallery",
      "Nothing is installed yet",
      "Install one of the samples below, or a plugin from a folder or .zip of your own. You see what it asks for before anything is written.",
    ),
  );
  const samples = h("ul", { class: "samples" });
  const bundled = h(
    "section",
    { class: "section", hidden: true, "aria-label": "Samples" },
    h("h2", null, "Samples"),
    h("p", { class: "faint" }, "They come with this app. None of them runs until you install it."),
    samples,
  );
  const node = h(
    "div",
    { class: "screen" },
    h(
      "div",
      { class: "head" },
      h("div", { class: "head-words" }, h("h1", null, "Plugins"), summary),
      h(
        "div",
        { class: "head-actions" },
        filter,
        button("Install from a path…", {
          look: "primary",
          symbol: "plus",
          test: "install-path",
          onclick: sourceDialog,
        }),
      ),
    ),
    problems,
    errors,
    none,
    cards,
    bundled,
  );

  function update() {
    fill(problems, store.error && errorBox(store.error));
    if (!store.plugins) return;
    const running = store.plugins.filter((one) => one.running).length;
    const waiting = store.plugins.filter((one) => one.waiting).length;
    text(
      summary,
      store.plugins.length === 0
        ? "None installed"
        : [
            `${store.plugins.length} installed`,
            `${running} running`,
            waiting && `${many(waiting, "update")} ${waiting === 1 ? "waits" : "wait"}`,
          ]
            .filter(Boolean)
            .join(", "),
    );
    filter.hidden = store.plugins.length < FILTER_FROM;
    const sought = filter.hidden ? "" : filter.value.trim().toLowerCase();
    none.hidden = store.plugins.length > 0;
    shown = each(
      cards,
      store.plugins.filter((one) => one.name.toLowerCase().includes(sought)),
      (one) => one.name,
      card,
    );
    bundled.hidden = store.samples.length === 0;
    each(samples, store.samples.filter(isOffered), (one) => one.folder, sample);
    live();
  }

  /** Only the figures: a sample comes every second. */
  function live() {
    for (const kept of shown.values()) kept.live();
  }

  function card(first) {
    const name = first.name;
    const version = h("span", { class: "faint figures" });
    const badge = h("span", { class: "card-badge" });
    const state = stateMark();
    const about = h("p", { class: "card-about" });
    const memory = h("span", { class: "figures" }),
      cores = h("span", { class: "figures" });
    const line = spark("card-spark");
    const update = button("", {
      look: "pill warn",
      symbol: "update",
      test: `update-${name}`,
      hidden: true,
      onclick: () => reviewUpdate(name, update, errors),
    });
    const changes = h(
      "a",
      { class: "button pill", href: `${href(name)}/changes`, hidden: true, test: `changes-${name}` },
      icon("file"),
      h("span"),
    );
    const start = button("Start", {
      look: "quiet",
      symbol: "play",
      test: `start-${name}`,
      onclick: () => run(start, () => aether().start(name)),
    });
    const stop = button("Stop", {
      look: "quiet",
      symbol: "stop",
      test: `stop-${name}`,
      onclick: () => run(stop, () => aether().stop(name)),
    });
    const figures = h("div", { class: "card-figures" }, line.node, h("span", null, memory), h("span", null, cores));
    const quiet = h("p", { class: "card-quiet faint" });
    const node = h(
      "li",
      { class: "card", test: `card-${name}` },
      h(
        "div",
        { class: "card-top" },
        mark(name),
        h(
          "div",
          { class: "card-title" },
          h("a", { class: "card-name", href: href(name) }, said(name, "clip")),
          h("div", { class: "card-under" }, version, badge),
        ),
        state.node,
      ),
      about,
      h("div", { class: "card-pills" }, update, changes),
      h("div", { class: "card-foot" }, figures, quiet, start, stop),
    );
    let plugin = first;
    const kept = {
      node,
      update(now) {
        plugin = now;
        text(version, plain(now.current.version));
        if (badge.dataset.runtime !== now.current.runtime) fill(badge, runtimeBadge(now.current.runtime));
        badge.dataset.runtime = now.current.runtime;
        text(about, plain(now.current.description ?? "It says nothing about itself.").slice(0, 300));
        attr(about, "dir", "auto");
        attr(about, "title", plain(now.current.description ?? "").slice(0, 600) || null);
        update.hidden = !now.waiting;
        text(update.lastChild, now.waiting ? `Update to ${plain(now.waiting.version)}` : "");
        changes.hidden = now.changes === 0;
        text(changes.lastChild, many(now.changes, "change"));
        start.hidden = now.running;
        start.disabled = !now.enabled;
        stop.hidden = !now.running;
        const idle = now.enabled ? "Not running" : "Disabled: it does not start";
        text(quiet, now.resting ? asSentence(now.resting) : idle);
      },
      live() {
        const cell = cellOf(name);
        state.set(stateOf(plugin, cell));
        figures.hidden = !plugin.running;
        quiet.hidden = plugin.running;
        if (!plugin.running) return;
        line.set(store.series.get(name)?.memory);
        text(memory, cell ? bytes(cell.memory) : "–");
        text(cores, cell ? percent(cell.cores) : "–");
      },
    };
    return kept;
  }

  function sample(first) {
    const update = isUpdate(first);
    const install = button(update ? "Update…" : "Install", {
      test: `install-${testName(first)}`,
      onclick: () => reviewSource({ folder: first.folder }, install, errors),
    });
    const open = h("a", { class: "button quiet", href: href(first.name) }, "Open");
    const node = h(
      "li",
      { class: "sample", test: `sample-${testName(first)}` },
      mark(first.name, 32),
      h(
        "div",
        { class: "sample-words" },
        h("h3", null, said(first.title ?? first.name), runtimeBadge(first.runtime)),
        h("p", { class: "faint" }, said(first.about)),
      ),
      install,
      open,
    );
    return {
      node,
      update() {
        const found = installed(first.name);
        const done = update ? store.digests.get(first.folder) === found.current.digest : found !== undefined;
        install.hidden = done;
        open.hidden = !done;
      },
    };
  }

  async function run(node, work) {
    await busy(node, errors, work);
    refresh();
  }

  const ends = [on("plugins", update), on("sample", live)];
  update();
  return { node, close: () => ends.forEach((end) => end()) };
}

function installed(name) {
  return store.plugins.find((one) => one.name === name);
}

/** Of samples with the same name, those behind the first are updates of it: offered once it is installed. */
function isUpdate(sample) {
  return store.samples.find((one) => one.name === sample.name) !== sample;
}

function isOffered(sample) {
  return !isUpdate(sample) || installed(sample.name) !== undefined;
}

/** `NAME`, or `update-NAME`, for `data-test`. */
function testName(sample) {
  return isUpdate(sample) ? `update-${sample.name}` : sample.name;
}

function href(name) {
  return `#/plugin/${encodeURIComponent(name)}`;
}
