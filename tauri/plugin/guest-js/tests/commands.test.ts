import assert from "node:assert/strict";
import { test } from "node:test";
import * as api from "../index.js";
import { FakeTauri } from "./fake-tauri.js";

const right = { permission: "filesystem.read", resource: "./notes" } as const;
const answers = { agreed: true, granted: [right] };

/** Commands without an answer: their functions resolve to undefined. */
const silent = new Set(["discard_review", "reject", "uninstall", "restore", "close_panel"]);

/** Each function, the command it stands for, and the arguments that reach the app. */
const table: [string, () => Promise<unknown>, string, Record<string, unknown>][] = [
  ["list", () => api.list(), "list", {}],
  ["inspect", () => api.inspect("notes"), "inspect", { name: "notes" }],
  ["review of a folder", () => api.review({ folder: "/p" }), "review", { source: { folder: "/p" } }],
  ["review of an archive", () => api.review({ archive: "/p.zip" }), "review", { source: { archive: "/p.zip" } }],
  ["reviewWaiting", () => api.reviewWaiting("notes"), "review_waiting", { name: "notes" }],
  ["discardReview", () => api.discardReview(7), "discard_review", { ticket: 7 }],
  ["install", () => api.install(7, answers), "install", { ticket: 7, answers }],
  ["reject", () => api.reject("notes", "abc"), "reject", { name: "notes", digest: "abc" }],
  ["grant", () => api.grant("notes", right), "grant", { name: "notes", right }],
  ["revoke", () => api.revoke("notes", right), "revoke", { name: "notes", right }],
  ["enable", () => api.enable("notes"), "enable", { name: "notes" }],
  ["disable", () => api.disable("notes"), "disable", { name: "notes" }],
  ["uninstall", () => api.uninstall("notes"), "uninstall", { name: "notes" }],
  ["start", () => api.start("notes"), "start", { name: "notes" }],
  ["stop", () => api.stop("notes"), "stop", { name: "notes" }],
  ["restart", () => api.restart("notes"), "restart", { name: "notes" }],
  ["restore", () => api.restore("notes"), "restore", { name: "notes" }],
  ["changes", () => api.changes("notes"), "changes", { name: "notes" }],
  ["apply of all", () => api.apply("notes"), "apply", { name: "notes" }],
  ["apply of some", () => api.apply("notes", ["a"]), "apply", { name: "notes", paths: ["a"] }],
  ["apply of none", () => api.apply("notes", []), "apply", { name: "notes", paths: [] }],
  ["discard", () => api.discard("notes"), "discard", { name: "notes" }],
  ["metrics", () => api.metrics(), "metrics", {}],
  ["interactions", () => api.interactions(), "interactions", {}],
  ["report", () => api.report(), "report", {}],
  ["audit of all", () => api.audit(), "audit", {}],
  ["audit of one", () => api.audit({ plugin: "notes", last: 9 }), "audit", { plugin: "notes", last: 9 }],
  ["audit of none", () => api.audit({ last: 0 }), "audit", { last: 0 }],
  ["auditVerify", () => api.auditVerify(), "audit_verify", {}],
  ["questions", () => api.questions(), "questions", {}],
  ["respond", () => api.respond(3, false), "respond", { id: 3, allow: false }],
  ["panel", () => api.panel("notes"), "panel", { name: "notes" }],
  ["closePanel", () => api.closePanel("t"), "close_panel", { token: "t" }],
];

for (const [title, run, command, args] of table) {
  test(`${title} invokes ${command}`, async () => {
    const tauri = new FakeTauri().install().answer(command, () => "answered");
    const got = await run();
    assert.deepEqual(tauri.invoked, [{ command: `plugin:aether|${command}`, args }]);
    assert.equal(got, silent.has(command) ? undefined : "answered");
  });
}

test("the table holds every function of the package but those tested elsewhere", () => {
  const elsewhere = ["AetherError", "call", "watch", "panelCall", "mountPanel"];
  const tested = table.map(([title]) => title.split(" ")[0] ?? "");
  const missing = Object.keys(api).filter((name) => ![...elsewhere, ...tested].includes(name));
  assert.deepEqual(missing, []);
});
