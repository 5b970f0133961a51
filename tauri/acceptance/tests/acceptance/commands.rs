//! Each command does what it says.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::desk::{Desk, Window, all_commands, tests};

tests! {
    every_command_works_for_a_window_that_may,
    a_question_is_answered,
    a_bad_argument_is_told,
}

const CODE: &str = "
import { writeText, readText } from 'aether:fs';
export const quick = (n) => n + 1;
export const write = async () => { await writeText('/workspace/made.txt', 'new\\n'); };
export const read = async () => { try { return await readText('/workspace/a.txt'); } catch (error) { return error.code; } };
export async function* count(to, ctx) { for (let n = 1; n <= to; n++) { ctx.progress(n / to, 'on'); yield n; } return 'done'; }
export const wait = (_, ctx) => new Promise((_, fail) => ctx.signal.addEventListener('abort', () => fail(new Error('aborted'))));
";

/// A window that notes which commands it has invoked with success.
struct Noting {
    window: Window,
    done: BTreeSet<String>,
}

impl Noting {
    #[track_caller]
    fn must(&mut self, command: &str, arguments: Value) -> Value {
        let answer = self.window.must(command, arguments);
        self.done.insert(command.to_owned());
        answer
    }
}

fn every_command_works_for_a_window_that_may() {
    let desk = Desk::new();
    let reads = json!({
        "version": "1.0.0",
        "description": "for this test",
        "panel": "panel.html",
        "optional": ["filesystem.read"],
        "permissions": { "filesystem": { "read": ["./a.txt"], "write": ["./made.txt"] } },
    });
    let folder = desk.plugin("one", &reads, CODE);
    fs::write(folder.join("panel.html"), "<p>").unwrap();
    fs::write(desk.path("work/a.txt"), "text").unwrap();
    let mut owner = Noting { window: desk.window("owner"), done: BTreeSet::new() };
    let one = json!({ "name": "one" });

    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    assert_eq!((&review["name"], &review["signature"]), (&json!("one"), &json!("unsigned")));
    assert_eq!(review["rights"].as_array().map(Vec::len), Some(2));
    owner.must("discard_review", json!({ "ticket": review["ticket"] }));
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    let installed =
        owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": true } }));
    assert_eq!(installed["outcome"], json!("new"));

    let started = owner.must("start", one.clone());
    assert!(started["methods"].as_array().unwrap().contains(&json!("quick")));
    let call = |method: &str, input: Value| json!({ "name": "one", "method": method, "input": input, "call": "c" });
    assert_eq!(owner.must("call", call("quick", json!(1))), json!(2));
    assert_eq!(owner.must("call", call("read", json!(null))), json!("ERR_ACCESS_DENIED"));
    let mut streamed = call("count", json!(3));
    streamed["onEvent"] = json!("__CHANNEL__:9");
    assert_eq!(owner.must("call", streamed), json!("done"));

    let right = json!({ "name": "one", "right": { "permission": "filesystem.read", "resource": "./a.txt" } });
    assert_eq!(owner.must("grant", right.clone()), json!({ "running": true }));
    owner.must("restart", one.clone());
    assert_eq!(owner.must("call", call("read", json!(null))), json!("text"));
    owner.must("revoke", right);

    let waiting = owner.window.clone();
    let under_way = std::thread::spawn(move || {
        waiting.invoke(
            "call",
            json!({ "name": "one", "method": "wait", "input": null, "call": "long" }),
        )
    });
    while owner.must("metrics", json!({}))["cells"][0]["openCalls"] != json!(1) {
        assert!(!under_way.is_finished(), "{:?}", under_way.join());
        std::thread::yield_now();
    }
    assert_eq!(owner.must("cancel", json!({ "call": "long" })), json!(true));
    assert_eq!(under_way.join().unwrap().unwrap_err()["code"], json!("cancelled"));

    let panel = owner.must("panel", one.clone());
    let url = panel["url"].as_str().unwrap();
    assert!(url.starts_with("aether-panel://localhost/"), "{url}");
    let own = json!({ "token": panel["token"], "method": "quick", "input": 4, "call": "p" });
    assert_eq!(owner.must("panel_call", own.clone()), json!(5));
    owner.must("close_panel", json!({ "token": panel["token"] }));
    owner.window.fails("panel_call", own, "no-panel");

    let id = owner.must("watch", json!({ "onEvent": "__CHANNEL__:8", "everyMs": 300 }));
    assert_eq!(owner.must("unwatch", json!({ "id": id })), json!(true));
    assert_eq!(owner.must("unwatch", json!({ "id": id })), json!(false));

    owner.must("call", call("write", json!(null)));
    owner.must("stop", one.clone());
    let changes = owner.must("changes", one.clone());
    assert_eq!(changes[0]["path"], json!("/workspace/made.txt"));
    let applied = owner.must("apply", one.clone());
    assert_eq!(applied[0]["outcome"], json!("applied"));
    assert_eq!(fs::read_to_string(desk.path("work/made.txt")).unwrap(), "new\n");
    assert_eq!(owner.must("discard", one.clone()), json!(0));

    let newer =
        json!({ "version": "2.0.0", "permissions": { "network": { "domains": ["example.com"] } } });
    let folder = desk.plugin("one", &newer, CODE);
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    let update = json!({ "ticket": review["ticket"], "answers": { "agreed": false } });
    let waits = owner.must("install", update.clone());
    assert_eq!(waits["outcome"], json!("waiting"));
    owner.must("reject", json!({ "name": "one", "digest": waits["digest"] }));
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": false } }));
    let review = owner.must("review_waiting", one.clone());
    assert_eq!(review["difference"]["asksForMore"], json!(true));
    owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": true } }));

    owner.must("disable", one.clone());
    owner.window.fails("start", one.clone(), "disabled");
    owner.must("enable", one.clone());
    owner.must("restore", one.clone());
    assert_eq!(owner.must("inspect", one.clone())["plugin"]["current"]["version"], json!("2.0.0"));
    owner.must("interactions", json!({}));
    let report = owner.must("report", json!({}));
    assert!(fs::metadata(report["folder"].as_str().unwrap()).unwrap().is_dir());
    assert!(
        !owner.must("audit", json!({ "plugin": "one", "last": 5 })).as_array().unwrap().is_empty()
    );
    assert_eq!(owner.must("audit_verify", json!({}))["intact"], json!(true));
    assert_eq!(owner.must("questions", json!({})), json!([]));
    assert_eq!(owner.must("respond", json!({ "id": 1, "allow": true })), json!(false));
    assert_eq!(owner.must("list", json!({}))[0]["name"], json!("one"));
    owner.must("uninstall", one);
    assert_eq!(owner.must("list", json!({})), json!([]));

    let done: Vec<String> = owner.done.into_iter().collect();
    assert_eq!(done, all_commands(), "one of the commands was never invoked");
}

fn a_question_is_answered() {
    let policy = "version: 1\nplugins:\n  asks: { allow: { filesystem: { write: [./**] } }, elevation: [{ right: host-write, answer: ask }] }\n";
    let policy = tauri_plugin_aether::policy("aether-policy.yaml", policy).unwrap();
    let desk = Desk::with(|builder| builder.policy(policy));
    let code = "import { writeText } from 'aether:fs';
        export default async () => {
            const token = await aether.elevate({ hostWrite: './a.txt', reason: 'to publish it' });
            await writeText('./a.txt', 'new', { through: token });
            return 'written';
        };";
    let asks = json!({ "permissions": { "filesystem": { "write": ["./**"] } } });
    let folder = desk.plugin("asks", &asks, code);
    let owner = desk.window("owner");
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    owner.must("install", json!({ "ticket": review["ticket"], "answers": { "agreed": true } }));
    assert_eq!(owner.must("questions", json!({})), json!([]));
    let caller = owner.clone();
    let call = std::thread::spawn(move || {
        caller
            .invoke("call", json!({ "name": "asks", "method": "run", "input": null, "call": "c" }))
    });
    let question = loop {
        let open = owner.must("questions", json!({}));
        if let Some(question) = open.get(0) {
            break question.clone();
        }
        assert!(!call.is_finished(), "{:?}", call.join());
    };
    assert_eq!(question["kind"], json!("elevation"));
    assert_eq!(question["reason"], json!("to publish it"));
    let id = &question["id"];
    desk.window("viewer").is_refused("respond");
    assert_eq!(owner.must("respond", json!({ "id": id, "allow": true })), json!(true));
    assert_eq!(call.join().unwrap().unwrap(), json!("written"));
    assert_eq!(fs::read_to_string(desk.path("work/a.txt")).unwrap(), "new");
}

fn a_bad_argument_is_told() {
    let desk = Desk::new();
    let owner = desk.window("owner");
    for (command, arguments) in [
        ("inspect", json!({})),
        ("inspect", json!({ "name": 1 })),
        ("review", json!({ "source": { "url": "http://localhost" } })),
        ("install", json!({ "ticket": 1, "answers": { "agreed": true, "policy": "allow" } })),
        ("watch", json!({ "onEvent": "no channel" })),
    ] {
        let error = owner.invoke(command, arguments).expect_err(command);
        let told = error.as_str().unwrap_or_default();
        assert!(told.contains("invalid args") || told.contains("invalid channel"), "{error}");
    }
    owner.fails("inspect", json!({ "name": "none" }), "unknown-plugin");
    owner.fails("install", json!({ "ticket": 99, "answers": { "agreed": true } }), "no-ticket");
    owner.fails("call", json!({ "name": "none", "method": "m", "call": "c" }), "unknown-plugin");
}
