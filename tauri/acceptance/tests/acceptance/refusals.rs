//! What goes wrong, and what pages are told then.

use std::fs;

use serde_json::json;

use crate::desk::{Desk, all_commands, app, arguments, tests, window};

tests! {
    where_there_are_no_cells_every_command_says_so,
    an_app_whose_folder_is_taken_starts_and_says_why,
    an_app_whose_folder_cannot_be_made_starts_and_says_why,
    a_flood_is_answered,
    with_its_window_end_a_pages_calls,
    archives_that_are_none_install_nothing,
    a_person_beside_the_page_has_the_last_word,
}

fn where_there_are_no_cells_every_command_says_so() {
    let app = app(tauri_plugin_aether::unsupported::init());
    let owner = window(&app, "owner");
    for command in all_commands() {
        owner.fails(&command, arguments(&command), "unsupported");
    }
}

fn an_app_whose_folder_is_taken_starts_and_says_why() {
    let desk = Desk::new();
    let second = app(tauri_plugin_aether::Builder::new().folder(desk.path("app")).build());
    let error = window(&second, "owner").fails("list", json!({}), "in-use");
    assert!(error["fix"].is_string());
    desk.window("owner").must("list", json!({}));
}

fn an_app_whose_folder_cannot_be_made_starts_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    // A file is in the way, which holds root up too.
    fs::write(folder.path().join("taken"), "").unwrap();
    let builder = tauri_plugin_aether::Builder::new().folder(folder.path().join("taken/app"));
    let app = app(builder.build());
    let owner = window(&app, "owner");
    for command in ["list", "metrics", "watch", "questions", "call"] {
        let error = owner.fails(command, arguments(command), "system");
        assert!(error["message"].as_str().unwrap().contains("taken"), "{error}");
    }
}

fn a_flood_is_answered() {
    let desk = Desk::new();
    // Whoever wants it to start waits until it has loaded.
    desk.install(
        "slow",
        "await new Promise((done) => setTimeout(done, 3000)); export const quick = () => 1;",
    );
    desk.install("one", "export const quick = () => 1;");
    let begun = std::sync::Arc::new(std::sync::Barrier::new(41));
    let flood: Vec<_> = (0..40)
        .map(|_| {
            let (window, begun) = (desk.window("all-but-one"), std::sync::Arc::clone(&begun));
            std::thread::spawn(move || {
                begun.wait();
                window.invoke("start", json!({ "name": "slow" }))
            })
        })
        .collect();
    begun.wait();
    // Another window is not kept from anything meanwhile.
    let owner = desk.window("owner");
    owner.must("start", json!({ "name": "one" }));
    owner.must("stop", json!({ "name": "one" }));
    let answers: Vec<_> = flood.into_iter().map(|one| one.join().unwrap()).collect();
    let busy = answers.iter().filter_map(|answer| answer.as_ref().err());
    let codes: Vec<_> = busy.map(|error| error["code"].clone()).collect();
    // 32 have a place at a time; whoever came late found some free again.
    assert!((1..=8).contains(&codes.len()), "{codes:?}");
    assert!(codes.iter().all(|code| *code == json!("busy")), "{codes:?}");
}

fn with_its_window_end_a_pages_calls() {
    use tauri_plugin_aether::AetherExt;
    let desk = Desk::new();
    desk.install("one", "export const wait = (_, ctx) => new Promise((_, fail) => ctx.signal.addEventListener('abort', () => fail(new Error('aborted'))));");
    let owner = desk.window("owner");
    let id = owner.must("watch", json!({ "onEvent": "__CHANNEL__:7" }));
    let caller = owner.clone();
    let call = std::thread::spawn(move || {
        caller.invoke("call", json!({ "name": "one", "method": "wait", "call": "c" }))
    });
    let aether = desk.app().aether();
    let app = aether.app().unwrap();
    while app.metrics(|_| true).cells.first().is_none_or(|cell| cell.open_calls == 0) {
        assert!(!call.is_finished(), "{:?}", call.join());
        std::thread::yield_now();
    }
    // As the plugin does it where a page is left or its window closed, which needs a real window.
    aether.page_gone("owner");
    assert_eq!(call.join().unwrap().unwrap_err()["code"], json!("cancelled"));
    assert_eq!(owner.must("unwatch", json!({ "id": id })), json!(false), "its listener is gone");
}

fn archives_that_are_none_install_nothing() {
    let desk = Desk::new();
    let owner = desk.window("owner");
    let archive = desk.path("bad.zip");
    for bytes in [&b""[..], b"PK\x03\x04", b"not a zip at all"] {
        fs::write(&archive, bytes).unwrap();
        let error =
            owner.fails("review", json!({ "source": { "archive": archive } }), "bad-archive");
        assert!(error["fix"].is_string(), "{error}");
    }
    owner.fails("review", json!({ "source": { "archive": desk.path("none.zip") } }), "unreadable");
    owner.fails("review", json!({ "source": { "folder": desk.path("none") } }), "bad-folder");
    assert_eq!(owner.must("list", json!({})), json!([]));
}

fn a_person_beside_the_page_has_the_last_word() {
    let desk = Desk::with(|builder| {
        builder.on_consent(|_, consent| match consent {
            tauri_plugin_aether::Consent::Install { review, .. } => review.name != "one",
            tauri_plugin_aether::Consent::Grant { .. } => true,
        })
    });
    let folder = desk.plugin("one", &json!({}), "export default () => 1;");
    let owner = desk.window("owner");
    let review = owner.must("review", json!({ "source": { "folder": folder } }));
    let install = json!({ "ticket": review["ticket"], "answers": { "agreed": true } });
    owner.fails("install", install, "declined");
    assert_eq!(owner.must("list", json!({})), json!([]));
}
