// What stands between the plugin and the machine, as read back from the running process.

import { fill, h, said } from "../dom.js";
import { icon } from "../icons.js";
import { empty, notice } from "../parts.js";
import { STANDINGS } from "../words.js";

/** A word for a state that this version does not know is shown as it came. */
const standingOf = (state) => STANDINGS[state] ?? { word: state, look: "warn", symbol: "warn" };

export function protectionsTab() {
  const node = h("div", { class: "stack" });
  return {
    node,
    update({ posture }) {
      if (posture === null) {
        fill(
          node,
          empty(
            "violations",
            "Nothing to read back yet",
            "Protections are read back from the running process. Start the plugin to see them.",
          ),
        );
        return;
      }
      const standing = posture.filter((line) => line.state === "enforced").length;
      const all = standing === posture.length;
      const words = all ? `All ${standing} protections stand.` : `${standing} of ${posture.length} protections stand.`;
      fill(
        node,
        notice(
          all ? "good" : "warn",
          all ? "check" : "warn",
          h("p", null, words),
        ),
        h(
          "table",
          { class: "plain-table box posture" },
          h(
            "thead",
            null,
            h(
              "tr",
              null,
              ["Protection", "State", "What was read back"].map((title) => h("th", { scope: "col" }, title)),
            ),
          ),
          h(
            "tbody",
            null,
            posture.map((line) =>
              h(
                "tr",
                { test: `protection-${line.name}` },
                h("th", { scope: "row" }, h("code", null, said(line.name))),
                h("td", null, stateTag(standingOf(line.state))),
                h("td", { class: "faint" }, said(line.detail)),
              ),
            ),
          ),
        ),
      );
    },
  };
}

function stateTag({ word, look, symbol }) {
  return h("span", { class: `tag ${look}` }, icon(symbol), said(word));
}
