// Light or dark: as the system says, until somebody chooses; the choice is remembered.

import { attr } from "./dom.js";
import { icon } from "./icons.js";
import { iconButton } from "./parts.js";
import { emit } from "./store.js";

const DARK = matchMedia("(prefers-color-scheme: dark)");

/** The theme in effect. */
export function theme() {
  return document.documentElement.dataset.theme ?? (DARK.matches ? "dark" : "light");
}

/** The button that switches it; the topic `theme` tells the rest of the page. */
export function themeButton() {
  const node = iconButton("moon", "", {
    test: "theme",
    onclick: () => {
      const chosen = theme() === "dark" ? "light" : "dark";
      document.documentElement.dataset.theme = chosen;
      try {
        localStorage.setItem("theme", chosen);
      } catch {
        // Not remembered, then.
      }
      show();
    },
  });
  const show = () => {
    const other = theme() === "dark" ? "light" : "dark";
    node.replaceChildren(icon(other === "dark" ? "moon" : "sun"));
    attr(node, "aria-label", `Use the ${other} theme`);
    attr(node, "title", `Use the ${other} theme`);
    emit("theme", theme());
  };
  DARK.addEventListener("change", show);
  show();
  return node;
}
