// Where a plugin lies that does not come with the app: a path to a folder or a .zip.

import { aether, sourceOf } from "../api.js";
import { h } from "../dom.js";
import { busy, button, dialog } from "../parts.js";
import { sheet } from "./install.js";

/** Asks for the path of a folder or a .zip, then shows what lies there. */
export function sourceDialog() {
  const place = h("div");
  const input = h("input", {
    class: "field mono wide",
    type: "text",
    test: "path-input",
    placeholder: "/home/you/plugins/clock",
    spellcheck: "false",
    autocomplete: "off",
    autofocus: true,
    required: true,
  });
  const look = button("Look at it", { look: "primary", test: "path-review", type: "submit" });
  const box = dialog(
    { label: "Install from a path", className: "small-dialog" },
    h(
      "form",
      {
        onsubmit: (event) => {
          event.preventDefault();
          busy(look, place, async () => {
            const review = await aether().review(sourceOf(input.value));
            box.close();
            sheet(review);
          });
        },
      },
      h("h2", null, "Install from a path"),
      h("label", { class: "label" }, "A plugin's folder, or a .zip of it", input),
      h("p", { class: "faint" }, "It is only looked at. Nothing is installed before you agree."),
      place,
      h("div", { class: "actions" }, button("Cancel", { onclick: () => box.close() }), look),
    ),
  );
}
