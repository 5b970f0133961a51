// The frame of the window: the rail, the way from an address to a screen, and the notes.

import { themeButton } from "./appearance.js";
import { attr, fill, h, text } from "./dom.js";
import { many, bytes } from "./format.js";
import { brand, icon } from "./icons.js";
import { errorBox } from "./parts.js";
import { begin, on, store } from "./store.js";
import { toast } from "./toasts.js";
import { lifecycleWords } from "./words.js";
import { gallery } from "./screens/gallery.js";
import { interactions } from "./screens/interactions.js";
import { plugin } from "./screens/plugin.js";
import { startQuestions } from "./screens/question.js";
import { tasks } from "./screens/tasks.js";
import { violations } from "./screens/violations.js";

const SCREENS = [
  { key: "gallery", label: "Plugins", symbol: "gallery" },
  { key: "tasks", label: "Task manager", symbol: "tasks" },
  { key: "violations", label: "Violations", symbol: "violations" },
  { key: "interactions", label: "Interactions", symbol: "interactions" },
];
const MAKE = { gallery, tasks, violations, interactions, plugin };

const links = new Map();
const unseen = h("span", { class: "count warn", hidden: true });
const summary = h("p", { class: "rail-summary" }, h("span"), h("span"));
const main = h("main", { class: "main", id: "main", tabIndex: -1 });

const rail = h(
  "header",
  { class: "rail" },
  h(
    "a",
    { class: "brand", href: "#/gallery", tabIndex: -1, "aria-hidden": "true" },
    brand(),
    h("span", { class: "brand-words" }, h("b", null, "Aether"), " Workbench"),
  ),
  h(
    "nav",
    { "aria-label": "Screens" },
    SCREENS.map((screen) => {
      const link = h(
        "a",
        { class: "nav", href: `#/${screen.key}`, test: `nav-${screen.key}`, title: screen.label },
        icon(screen.symbol),
        h("span", { class: "nav-label" }, screen.label),
        screen.key === "violations" && unseen,
      );
      links.set(screen.key, link);
      return link;
    }),
  ),
  h("div", { class: "rail-foot" }, summary, themeButton()),
);

fill(
  document.getElementById("app"),
  h("button", { type: "button", class: "skip", onclick: () => main.focus() }, "Skip to the content"),
  rail,
  main,
);

let current = null;

/** `#/plugin/NAME/TAB` and the like; the same screen with the same subject is kept, and told of the new tab. */
function route() {
  const [key, subject, tab] = location.hash.replace(/^#\//, "").split("/").map(decodeURIComponent);
  const name = Object.hasOwn(MAKE, key) ? key : "gallery";
  for (const [screen, link] of links)
    attr(link, "aria-current", screen === (name === "plugin" ? "gallery" : name) ? "page" : null);
  if (current && current.name === name && current.subject === subject) return current.screen.show?.(tab);
  const first = current === null;
  current?.screen.close?.();
  current = { name, subject, screen: MAKE[name](subject, tab) };
  fill(main, current.screen.node);
  main.scrollTop = 0;
  if (!first) main.focus({ preventScroll: true });
  const title = SCREENS.find((screen) => screen.key === name)?.label ?? subject;
  document.title = `${title} – Aether Workbench`;
  return undefined;
}

function showSummary() {
  const cells = store.metrics?.cells ?? [];
  const memory = cells.reduce((sum, cell) => sum + cell.memory, 0);
  const pressed = store.pressure && store.pressure !== "none" ? `, pressure: ${store.pressure}` : "";
  text(summary.firstChild, cells.length === 0 ? "Nothing runs" : many(cells.length, "plugin runs", "plugins run"));
  text(summary.lastChild, cells.length === 0 ? "" : `${bytes(memory)}${pressed}`);
}

on("sample", showSummary);
on("incidents", () => {
  unseen.hidden = store.unseen === 0;
  text(unseen, store.unseen > 99 ? "99+" : store.unseen || "");
});
on("lifecycle", (event) => {
  const words = lifecycleWords(event);
  if (words) toast(event.plugin, words.text, words.tone);
});
addEventListener("hashchange", route);

showSummary();
route();
startQuestions();
begin().catch((error) => main.prepend(errorBox(error)));
