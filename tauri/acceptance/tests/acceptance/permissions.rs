//! Who may do what.

use serde_json::json;

use crate::desk::{Desk, all_commands, arguments, tests};

tests! {
    the_default_set_sees_and_drives_nothing,
    a_window_without_a_capability_gets_nothing,
    a_page_from_elsewhere_gets_nothing,
    a_panel_that_fills_a_window_gets_nothing,
    a_scope_holds_for_its_plugin_and_methods,
    what_is_denied_in_a_scope_is_denied,
    each_command_has_a_permission_in_a_set,
}

const CODE: &str = "export const quick = () => 1; export const other = () => 2;";

const READS: [&str; 6] = ["inspect", "interactions", "list", "metrics", "unwatch", "watch"];

fn the_default_set_sees_and_drives_nothing() {
    let desk = Desk::new();
    desk.install("one", CODE);
    let viewer = desk.window("viewer");
    for command in all_commands() {
        match READS.contains(&command.as_str()) {
            true => drop(viewer.must(&command, arguments(&command))),
            false => viewer.is_refused(&command),
        }
    }
    assert_eq!(viewer.must("list", json!({}))[0]["name"], json!("one"));
}

fn a_window_without_a_capability_gets_nothing() {
    let desk = Desk::new();
    desk.install("one", CODE);
    let stranger = desk.window("stranger");
    all_commands().iter().for_each(|command| stranger.is_refused(command));
}

fn a_page_from_elsewhere_gets_nothing() {
    let desk = Desk::new();
    desk.install("one", CODE);
    let owner = desk.window("owner");
    for command in all_commands() {
        let from = owner.invoke_from("https://example.com", &command, arguments(&command));
        let error = from.expect_err(&command);
        let text = error.as_str().unwrap_or_else(|| panic!("{command} got through: {error}"));
        assert!(text.contains("not allowed"), "{command}: {text}");
    }
}

fn a_panel_that_fills_a_window_gets_nothing() {
    let desk = Desk::new();
    // Its label is one that may do everything.
    let url =
        tauri::WebviewUrl::CustomProtocol("aether-panel://localhost/0/a.html".parse().unwrap());
    let window = tauri::WebviewWindowBuilder::new(desk.app(), "owner", url).build().unwrap();
    let panel = crate::desk::Window(window);
    for command in all_commands() {
        panel.fails(&command, arguments(&command), "not-permitted");
    }
}

fn a_scope_holds_for_its_plugin_and_methods() {
    let desk = Desk::new();
    desk.install("one", CODE);
    desk.install("two", CODE);
    desk.window("owner").must("start", json!({ "name": "two" }));
    let narrow = desk.window("narrow");
    let call = |name: &str, method: &str| json!({ "name": name, "method": method, "call": "c" });
    assert_eq!(narrow.must("call", call("one", "quick")), json!(1));
    let error = narrow.fails("call", call("one", "other"), "out-of-scope");
    let fix = error["fix"].as_str().expect("the line");
    assert!(fix.contains(r#""methods": ["other"]"#) && fix.contains("aether:use"), "{fix}");
    narrow.fails("call", call("two", "quick"), "out-of-scope");
    let listed = narrow.must("list", json!({}));
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    let cells = narrow.must("metrics", json!({}))["cells"].clone();
    assert!(cells.as_array().unwrap().iter().all(|cell| cell["plugin"] == json!("one")), "{cells}");
    let two = json!({ "name": "two" });
    for command in [
        "inspect",
        "start",
        "stop",
        "restart",
        "changes",
        "panel",
        "review_waiting",
        "enable",
        "disable",
        "uninstall",
        "restore",
        "apply",
        "discard",
    ] {
        narrow.fails(command, two.clone(), "out-of-scope");
    }
    let right = json!({ "permission": "filesystem.read", "resource": "/a" });
    narrow.fails("grant", json!({ "name": "two", "right": right }), "out-of-scope");
    narrow.fails("revoke", json!({ "name": "two", "right": right }), "out-of-scope");
    narrow.fails("reject", json!({ "name": "two", "digest": "b3:0" }), "out-of-scope");
    narrow.fails("audit", json!({ "plugin": "two" }), "out-of-scope");
    for command in ["audit", "report", "audit_verify"] {
        narrow.fails(command, json!({}), "out-of-scope");
    }
    narrow.must("audit", json!({ "plugin": "one" }));
    // The plugin's name is known only once it was read.
    let folder = desk.path("two");
    narrow.fails("review", json!({ "source": { "folder": folder } }), "out-of-scope");
    let owner = desk.window("owner");
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    let install = json!({ "ticket": review["ticket"], "answers": { "agreed": true } });
    narrow.fails("install", install.clone(), "out-of-scope");
    owner.must("install", install);
    // What another window shows is not this one's.
    std::fs::write(desk.path("one/panel.html"), "<p>").unwrap();
    desk.plugin("one", &json!({ "panel": "panel.html" }), CODE);
    let review = owner.must("review", json!({ "source": { "folder": desk.path("one") } }));
    owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": true } }));
    let panel = owner.must("panel", json!({ "name": "one" }));
    let own = json!({ "token": panel["token"], "method": "quick", "call": "p" });
    narrow.fails("panel_call", own.clone(), "no-panel");
    narrow.must("close_panel", json!({ "token": panel["token"] }));
    assert_eq!(owner.must("panel_call", own), json!(1), "it is open still");
    let panel = narrow.must("panel", json!({ "name": "one" }));
    let other = json!({ "token": panel["token"], "method": "other", "call": "p" });
    narrow.fails("panel_call", other, "out-of-scope");
}

fn what_is_denied_in_a_scope_is_denied() {
    let desk = Desk::new();
    desk.install("one", CODE);
    desk.install("two", CODE);
    let window = desk.window("all-but-one");
    window.fails("start", json!({ "name": "one" }), "out-of-scope");
    window.must("start", json!({ "name": "two" }));
    // A set that needs a scope and has none drives nothing.
    window.fails("uninstall", json!({ "name": "two" }), "out-of-scope");
}

fn each_command_has_a_permission_in_a_set() {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin/permissions/default.toml"),
    )
    .unwrap();
    for command in all_commands() {
        let allows = format!("\"allow-{}\"", command.replace('_', "-"));
        let reads = format!("\"{command}\"");
        assert!(text.contains(&allows) || text.contains(&reads), "{command} is in no set");
    }
}
