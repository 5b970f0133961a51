// The page of one plugin: its state and tabs. Each tab is a file of `js/plugin/`, made when first shown.

import { theme } from "../appearance.js";
import { aether } from "../api.js";
import { fill, h, plain, said, sentence, text } from "../dom.js";
import { icon, mark } from "../icons.js";
import { busy, button, confirm, empty, errorBox, notice, runtimeBadge, stateMark, tabs } from "../parts.js";
import { cellOf, on, refresh, refreshSoon, store } from "../store.js";
import { stateOf } from "../words.js";
import { auditTab } from "../plugin/audit.js";
import { changesTab } from "../plugin/changes.js";
import { overviewTab } from "../plugin/overview.js";
import { panelTab } from "../plugin/panel.js";
import { permissionsTab } from "../plugin/permissions.js";
import { protectionsTab } from "../plugin/protections.js";
import { reviewUpdate } from "./install.js";

const TABS = [
  { key: "overview", label: "Overview", test: "tab-overview", make: overviewTab },
  { key: "permissions", label: "Permissions", test: "tab-permissions", make: permissionsTab },
  { key: "changes", label: "Changes", test: "tab-changes", make: changesTab },
  { key: "panel", label: "Panel", test: "tab-panel", make: panelTab },
  { key: "protections", label: "Protections", test: "tab-protections", make: protectionsTab },
  { key: "audit", label: "Audit", test: "tab-audit", make: auditTab },
];

export function plugin(name, first) {
  let inspection = null,
    tab = TABS.some((one) => one.key === first) ? first : "overview",
    closed = false,
    loads = 0;
  const made = new Map();
  const state = stateMark();
  const version = h("span", { class: "faint figures" }),
    badge = h("span");
  const problems = h("div"),
    banners = h("div", { class: "banners" });
  const start = button("Start", {
    look: "primary",
    symbol: "play",
    test: "start",
    hidden: true,
    onclick: () => act(start, () => aether().start(name)),
  });
  const restart = button("Restart", {
    symbol: "restart",
    test: "restart",
    hidden: true,
    onclick: () => act(restart, () => aether().restart(name)),
  });
  const stop = button("Stop", {
    symbol: "stop",
    test: "stop",
    hidden: true,
    onclick: () => act(stop, () => aether().stop(name)),
  });
  const bar = tabs(
    "Parts of this plugin",
    TABS,
    (key) => (location.hash = `#/plugin/${encodeURIComponent(name)}/${key}`),
  );
  const panels = h("div", { class: "panels" });
  const node = h(
    "div",
    { class: "screen" },
    h(
      "div",
      { class: "head plugin-head" },
      h(
        "a",
        { class: "icon-button", href: "#/gallery", "aria-label": "Back to the plugins", title: "Back to the plugins" },
        icon("back"),
      ),
      mark(name, 48),
      h(
        "div",
        { class: "head-words" },
        h("h1", null, said(name, "clip")),
        h("p", { class: "card-under" }, state.node, version, badge),
      ),
      h("div", { class: "head-actions" }, start, restart, stop),
    ),
    problems,
    banners,
    bar.node,
    panels,
  );

  const context = {
    name,
    reload: load,
    theme,
    act,
    inspection: () => inspection,
    running: () => inspection?.plugin.running === true,
    /** A call starts the plugin if it does not run, unless it is disabled. */
    mayRun: () => inspection?.plugin.enabled === true,
    uninstall,
  };

  /** Reads all of it anew; of answers that overtake each other the last asked for counts. */
  async function load() {
    const mine = ++loads;
    try {
      const found = await aether().inspect(name);
      if (closed || mine !== loads) return;
      inspection = found;
      update();
    } catch (error) {
      if (closed || mine !== loads) return;
      fill(panels);
      made.clear();
      bar.node.hidden = true;
      fill(
        problems,
        error?.code === "unknown-plugin" || error?.code === "not-installed"
          ? empty(
              "gallery",
              "It is not installed",
              "There is no plugin of this name, or no longer.",
              h("a", { class: "button", href: "#/gallery" }, "Go to the plugins"),
            )
          : errorBox(error),
      );
    }
  }

  function update() {
    const now = inspection.plugin;
    bar.node.hidden = false;
    text(version, plain(now.current.version));
    fill(badge, runtimeBadge(now.current.runtime));
    start.hidden = now.running;
    start.disabled = !now.enabled;
    restart.hidden = stop.hidden = !now.running;
    bar.count("changes", now.changes);
    bar.hide("panel", !now.panel);
    showState();
    showTab();
    for (const one of made.values()) one.update?.(inspection);
  }

  /** The state and the banners, which also depend on the latest sample. */
  function showState() {
    if (!inspection) return;
    const now = inspection.plugin,
      cell = cellOf(name);
    state.set(stateOf(now, cell));
    const taken = now.running && ["narrow", "freeze"].includes(cell?.rung);
    const key = JSON.stringify([
      now.waiting?.digest,
      now.resting,
      taken && cell.rung,
      taken && cell.lastFinding,
      now.enabled,
    ]);
    if (banners.dataset.key === key) return;
    banners.dataset.key = key;
    const restore = (label) => {
      const press = button(label, { test: "restore", onclick: () => act(press, () => aether().restore(name)) });
      return press;
    };
    fill(
      banners,
      now.waiting &&
        banner("update", [`Version ${plain(now.waiting.version)} waits for your decision.`], lookAtUpdate()),
      now.resting !== null && banner("warn", sentence(now.resting), restore("Let it start again")),
      taken &&
        banner(
          "warn",
          [
            cell.rung === "freeze" ? "Its monitor has frozen it. " : "Its monitor took rights from it. ",
            said(cell.lastFinding ?? ""),
          ],
          restore("Give back what was taken"),
        ),
      !now.enabled && banner("info", ["It is disabled, so it does not start."], enable()),
    );
  }

  function lookAtUpdate() {
    const press = button("Look at the update", {
      look: "primary",
      test: "review-update",
      onclick: () => reviewUpdate(name, press, problems),
    });
    return press;
  }

  function enable() {
    const press = button("Enable", { test: "enable-banner", onclick: () => act(press, () => aether().enable(name)) });
    return press;
  }

  function showTab() {
    if (tab === "panel" && inspection.plugin.panel === false) tab = "overview";
    bar.select(tab);
    if (!made.has(tab)) {
      const one = TABS.find(({ key }) => key === tab).make(context);
      const frame = h(
        "section",
        { role: "tabpanel", id: `panel-${tab}`, class: "panel", "aria-labelledby": `tab-${tab}` },
        one.node,
      );
      panels.append(frame);
      made.set(tab, { ...one, frame });
      one.update?.(inspection);
    }
    for (const [key, one] of made) one.frame.hidden = key !== tab;
    made.get(tab).shown?.();
  }

  /** Does something with the plugin, says what went wrong, and reads it anew. */
  async function act(press, work) {
    await busy(press, problems, work);
    if (closed) return;
    await Promise.all([load(), refresh()]);
  }

  async function uninstall(press) {
    const waits = inspection?.plugin.changes ? ` Its ${inspection.plugin.changes} waiting changes are forgotten.` : "";
    const sure = await confirm({
      title: `Uninstall ${plain(name)}?`,
      sentence: `It is stopped, and its files and grants are removed.${waits}`,
      action: "Uninstall",
      test: "uninstall-confirm",
    });
    if (!sure) return;
    await busy(press, problems, async () => {
      await aether().uninstall(name);
      location.hash = "#/gallery";
    });
    refreshSoon();
  }

  const ends = [
    on("sample", () => {
      showState();
      made.get("overview")?.live();
    }),
    on("lifecycle", (event) => event.plugin === name && load()),
    on("changes", (event) => event.plugin === name && load()),
    on("theme", (to) => made.get("panel")?.theme(to)),
    on("plugins", () => {
      const known = store.plugins?.find((one) => one.name === name);
      if (
        inspection &&
        known &&
        (known.waiting?.digest !== inspection.plugin.waiting?.digest ||
          known.running !== inspection.plugin.running ||
          known.resting !== inspection.plugin.resting)
      )
        load();
    }),
  ];
  load();
  return {
    node,
    show(to) {
      tab = TABS.some((one) => one.key === to) ? to : "overview";
      if (inspection) showTab();
    },
    close() {
      closed = true;
      ends.forEach((end) => end());
      for (const one of made.values()) one.close?.();
    },
  };
}

function banner(kind, words, ...actions) {
  const node = notice(
    kind === "warn" ? "warn" : "plain",
    kind === "update" ? "update" : kind === "warn" ? "warn" : "info",
    h("p", null, words),
  );
  node.append(...actions);
  return node;
}
