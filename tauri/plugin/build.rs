//! Writes the permissions of the commands, one to allow and one to deny each.

/// Every command that a page can invoke.
const COMMANDS: &[&str] = &[
    "list",
    "inspect",
    "review",
    "review_waiting",
    "discard_review",
    "install",
    "reject",
    "grant",
    "revoke",
    "enable",
    "disable",
    "uninstall",
    "start",
    "stop",
    "restart",
    "restore",
    "call",
    "cancel",
    "changes",
    "apply",
    "discard",
    "metrics",
    "interactions",
    "report",
    "audit",
    "audit_verify",
    "watch",
    "unwatch",
    "questions",
    "respond",
    "panel",
    "close_panel",
    "panel_call",
];

fn main() {
    tauri_plugin::Builder::new(COMMANDS).global_api_script_path("./api-iife.js").build();
}
