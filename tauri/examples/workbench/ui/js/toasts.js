// Short notes at the edge: what happened to a plugin. Four at most; they go by themselves unless looked at.

import { h, said } from "./dom.js";
import { icon } from "./icons.js";
import { iconButton } from "./parts.js";

const MOST = 4;
const SHOWN_MS = 6000;
const SYMBOLS = { good: "check", warn: "warn", bad: "warn", plain: "info" };

/** Shows a note on a plugin. `words` come from this app, or are plain text of the host. */
export function toast(plugin, words, tone = "plain") {
  const place = document.getElementById("toasts");
  const close = () => {
    clearTimeout(timer);
    node.remove();
  };
  const node = h(
    "div",
    { class: `toast ${tone}`, test: "toast" },
    icon(SYMBOLS[tone] ?? "info"),
    h("p", null, plugin && h("strong", null, said(plugin, "clip")), said(words)),
    iconButton("close", "Close this note", { onclick: close }),
  );
  let timer = setTimeout(close, SHOWN_MS);
  node.addEventListener("pointerenter", () => clearTimeout(timer));
  node.addEventListener("pointerleave", () => (timer = setTimeout(close, SHOWN_MS / 2)));
  place.append(node);
  while (place.children.length > MOST) place.firstChild.remove();
}
