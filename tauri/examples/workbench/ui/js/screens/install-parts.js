// Parts of the install sheet: who it is, what the policy says, and what an update would change.

import { h, said, sentence } from "../dom.js";
import { bytes, many, shortDigest } from "../format.js";
import { copyButton, fixLine, notice } from "../parts.js";
import { rightWords, RUNTIMES } from "../words.js";

/** Description, digest and size. */
export function about(review) {
  return h(
    "section",
    { class: "sheet-about" },
    h("p", null, said(review.description ?? "It says nothing about itself.")),
    h(
      "div",
      { class: "facts-line faint" },
      h("span", null, many(review.files, "file"), ", ", bytes(review.bytes)),
      review.panel && h("span", null, "brings a panel of its own"),
      h(
        "details",
        { class: "digest" },
        h("summary", null, "digest ", h("code", null, shortDigest(review.digest))),
        h(
          "div",
          { class: "digest-full" },
          h("code", null, said(review.digest)),
          copyButton(review.digest, "Copy the digest"),
        ),
      ),
    ),
  );
}

/** What the policy of this machine says of it. */
export function policyAnswer({ policy }) {
  if (!policy)
    return notice("plain", "info", h("p", null, "No policy speaks of this plugin. It is for you to decide."));
  if (policy.answer === "allows")
    return notice("good", "check", h("p", null, "The policy allows everything it asks for."));
  if (policy.answer === "asks") return notice("plain", "info", h("p", null, "The policy leaves the decision to you."));
  return h(
    "section",
    { test: "policy-refusal" },
    policy.refusals.map((refusal) =>
      notice(
        "bad",
        "cross",
        h("p", null, sentence(refusal.message)),
        refusal.place && h("p", { class: "faint mono small" }, said(refusal.place)),
        refusal.fix && fixLine(refusal.fix, "This line would allow it"),
      ),
    ),
  );
}

/** What an update changes in what the plugin may do, and in its files. */
export function differenceOf(review) {
  const change = review.difference;
  const row = (sign, words, ...rest) =>
    h(
      "li",
      { class: `change-${sign}` },
      h("span", { class: "sign" }, { added: "+ new", widened: "± wider", removed: "− gone" }[sign]),
      h("span", null, words, rest),
    );
  const rights = [
    change.added.map((right) => row("added", said(rightWords(right)))),
    change.widened.map(({ right, was }) =>
      row(
        "widened",
        said(rightWords(right)),
        h("span", { class: "faint" }, " before: ", said(was.map((one) => one.resource).join(", "))),
      ),
    ),
    change.removed.map((right) => row("removed", said(rightWords(right)))),
  ].flat();
  const files =
    change.files &&
    [
      ["added", "added"],
      ["changed", "changed"],
      ["removed", "removed"],
    ]
      .filter(([key]) => change.files[key].length > 0)
      .map(([key, word]) =>
        h(
          "details",
          { class: "file-list" },
          h("summary", null, many(change.files[key].length, "file"), ` ${word}`),
          h(
            "ul",
            null,
            change.files[key].slice(0, 200).map((path) => h("li", { class: "mono small" }, said(path))),
          ),
        ),
      );
  return h(
    "section",
    { class: "difference", test: "difference" },
    h("h3", null, "What the update changes"),
    change.order === "older" &&
      notice("warn", "warn", h("p", null, `It is older than the version you have (${change.version}).`)),
    notice(
      change.asksForMore ? "warn" : "good",
      change.asksForMore ? "warn" : "check",
      h(
        "p",
        null,
        change.asksForMore
          ? "It asks for more than you have granted."
          : "It asks for nothing more than you have granted.",
      ),
    ),
    rights.length > 0 && h("ul", { class: "difference-rights" }, rights),
    (change.limits.length > 0 || change.runtime || change.engine) &&
      h(
        "ul",
        { class: "difference-rights" },
        change.runtime &&
          h(
            "li",
            null,
            h("span", { class: "sign" }, "runtime"),
            h(
              "span",
              null,
              RUNTIMES[change.runtime[0]] ?? said(change.runtime[0]),
              " → ",
              RUNTIMES[change.runtime[1]] ?? said(change.runtime[1]),
            ),
          ),
        change.engine &&
          h(
            "li",
            null,
            h("span", { class: "sign" }, "engine"),
            h(
              "span",
              null,
              said(change.engine[0] ?? "the app's choice"),
              " → ",
              said(change.engine[1] ?? "the app's choice"),
            ),
          ),
        change.limits.map((limit) =>
          h(
            "li",
            null,
            h("span", { class: "sign" }, "limit"),
            h("span", null, said(limit.limit), ": ", said(limit.was), " → ", said(limit.now)),
          ),
        ),
      ),
    files &&
      (files.length > 0
        ? h("div", { class: "file-lists" }, files)
        : h("p", { class: "faint" }, "Its files are the same.")),
  );
}

/** What a look at its code found. How its author could mend that is no help to whoever decides here. */
export function findingsOf({ findings }) {
  return h(
    "section",
    { class: "findings", test: "findings" },
    h("h3", null, `What stands out in its code (${findings.length})`),
    notice(
      "warn",
      "warn",
      findings.map((found) =>
        h(
          "p",
          null,
          sentence(found.message),
          found.place && h("span", { class: "faint mono small" }, " ", said(found.place)),
        ),
      ),
    ),
  );
}
