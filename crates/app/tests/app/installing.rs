//! Installing, updating, removing.

use std::fs;

use aether_app::model::{Answers, LifeState, Outcome, PolicySays};
use aether_app::{App, Place, Settings};
use serde_json::json;

use crate::desk::{Desk, agreed, open_again, right, tests};

tests! {
    a_plugin_is_reviewed_installed_called_and_removed,
    an_optional_right_is_the_persons_to_give_and_to_take,
    an_update_that_asks_for_more_waits_and_the_old_one_stays,
    an_update_is_rejected_by_its_digest,
    a_person_beside_the_page_has_the_last_word,
    the_policy_says_beforehand_what_it_refuses,
    a_ticket_counts_once_and_answers_name_rights_of_the_review,
    what_is_no_plugin_is_refused_and_leaves_nothing,
    files_that_were_changed_are_not_started,
    a_name_that_is_taken_again_finds_nothing_of_the_one_before,
    one_app_at_a_time_has_a_folder,
    an_app_finds_its_plugins_again,
    an_update_during_a_run_counts_from_the_next_start_on,
    what_is_taken_stays_taken_when_a_plugin_crashes,
    what_others_call_has_the_rights_of_now,
}

const READS: &str = "import { readText } from 'aether:fs';
    export default async () => { try { return await readText('/workspace/a.txt'); }
      catch (error) { return error.code; } };";

fn a_plugin_is_reviewed_installed_called_and_removed() {
    let desk = Desk::new();
    let folder = desk
        .plugin("greet")
        .with("version", r#""1.2.0""#)
        .main("export const hello = ({ name }) => `Hello, ${name}`;");
    let review = desk.app.review(&Place::Folder(folder)).unwrap();
    assert_eq!((review.name.as_str(), review.version.as_str()), ("greet", "1.2.0"));
    assert_eq!((review.signature.as_str(), review.files, review.panel), ("unsigned", 2, false));
    assert!(review.digest.starts_with("b3:") && review.rights.is_empty());
    let installed = desk.app.install(review.ticket, &Answers::default()).unwrap();
    assert_eq!(installed.outcome, Outcome::New, "it asks for nothing");
    desk.hear_life("greet", LifeState::Installed);
    let found = desk.call("greet", "hello", json!({ "name": "Ada" })).unwrap();
    assert_eq!(found, json!("Hello, Ada"));
    desk.hear_life("greet", LifeState::Started);
    let listed = desk.app.list();
    assert!(listed[0].running && listed[0].enabled, "{listed:?}");
    assert_eq!(desk.app.inspect("greet").unwrap().methods, ["hello"]);
    desk.app.uninstall("greet").unwrap();
    desk.hear_life("greet", LifeState::Ended);
    desk.hear_life("greet", LifeState::Uninstalled);
    assert!(desk.app.list().is_empty() && desk.app.host().cells().is_empty());
    Desk::refuses(desk.call("greet", "hello", json!({})), "unknown-plugin");
    Desk::refuses(desk.app.uninstall("greet"), "unknown-plugin");
}

fn an_optional_right_is_the_persons_to_give_and_to_take() {
    let desk = Desk::new();
    desk.file("a.txt", "text");
    let plugin = desk.plugin("reader").with("optional", r#"["filesystem.read"]"#);
    let folder = plugin.reads(&["./a.txt"]).main(READS);
    let reads = right("filesystem.read", "./a.txt");
    desk.install(folder).unwrap();
    let rights = desk.app.inspect("reader").unwrap().rights;
    assert_eq!((rights[0].optional, rights[0].granted), (true, Some(false)), "off at first");
    assert_eq!(desk.call("reader", "run", json!(null)).unwrap(), json!("ERR_ACCESS_DENIED"));
    assert!(desk.app.grant("reader", &reads).unwrap(), "it runs, and keeps what it had");
    assert_eq!(desk.call("reader", "run", json!(null)).unwrap(), json!("ERR_ACCESS_DENIED"));
    desk.app.restart("reader").unwrap();
    assert_eq!(desk.call("reader", "run", json!(null)).unwrap(), json!("text"));
    desk.app.revoke("reader", &reads).unwrap();
    desk.app.restart("reader").unwrap();
    assert_eq!(desk.call("reader", "run", json!(null)).unwrap(), json!("ERR_ACCESS_DENIED"));
    let other = right("filesystem.read", "/**");
    Desk::refuses(desk.app.grant("reader", &other), "not-asked");
    Desk::refuses(desk.app.grant("reader", &right("everything", "/")), "bad-input");
}

fn an_update_that_asks_for_more_waits_and_the_old_one_stays() {
    let desk = Desk::new();
    desk.file("a.txt", "text");
    desk.plain("p", "export default () => 1;");
    let newer = desk.plugin("p").with("version", r#""2.0.0""#).reads(&["./a.txt"]).main(READS);
    let installed = desk.install_with(newer, &Answers::default()).unwrap();
    assert_eq!(installed.outcome, Outcome::Waiting);
    let difference = installed.difference.expect("why");
    assert_eq!(difference.added, [right("filesystem.read", "./a.txt")]);
    desk.hear_life("p", LifeState::Waiting);
    assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!(1), "the old one");
    let review = desk.app.review_waiting("p").unwrap();
    assert!(review.difference.as_ref().expect("of what").asks_for_more);
    assert_eq!(desk.app.install(review.ticket, &agreed()).unwrap().outcome, Outcome::Updated);
    assert!(desk.app.list()[0].waiting.is_none());
    assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!(1), "until it is started again");
    desk.app.restart("p").unwrap();
    assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!("text"));
}

fn an_update_is_rejected_by_its_digest() {
    let desk = Desk::new();
    desk.plain("p", "export default () => 1;");
    let newer = desk.plugin("p").reads(&["./a.txt"]).main(READS);
    let digest = desk.install_with(newer, &Answers::default()).unwrap().digest;
    Desk::refuses(desk.app.reject("p", "b3:00"), "not-waiting");
    desk.app.reject("p", &digest).unwrap();
    assert!(desk.app.list()[0].waiting.is_none());
    Desk::refuses(desk.app.reject("p", &digest), "not-waiting");
    Desk::refuses(desk.app.review_waiting("p"), "unknown-plugin");
}

fn a_person_beside_the_page_has_the_last_word() {
    use aether_app::Consent;
    let desk = Desk::with(|settings| {
        settings.on_consent(|consent| match consent {
            Consent::Install { review, .. } => !review.version.starts_with("6."),
            Consent::Grant { right, .. } => right.resource != "./b.txt",
        })
    });
    let reads = |version: &str| {
        let plugin = desk.plugin("p").with("version", &format!("\"{version}\""));
        let plugin = plugin.with("optional", r#"["filesystem.read"]"#);
        plugin.reads(&["./a.txt", "./b.txt"]).main(READS)
    };
    Desk::refuses(desk.install(reads("6.0.0")), "declined");
    assert!(desk.app.list().is_empty());
    desk.install(reads("1.0.0")).unwrap();
    desk.app.grant("p", &right("filesystem.read", "./a.txt")).unwrap();
    let other = right("filesystem.read", "./b.txt");
    Desk::refuses(desk.app.grant("p", &other), "declined");
    assert_eq!(desk.app.list()[0].current.granted, [right("filesystem.read", "./a.txt")]);
    // Nor does other code come in without a word because it asks for no more.
    Desk::refuses(desk.install_with(reads("6.0.1"), &Answers::default()), "declined");
    assert_eq!(desk.app.list()[0].current.version, "1.0.0");
}

fn the_policy_says_beforehand_what_it_refuses() {
    let desk =
        Desk::under("version: 1\nplugins: { p: { allow: { filesystem: { read: [./a.txt] } } } }\n");
    desk.file("a.txt", "text");
    let review = |read: &str| {
        let folder = desk.plugin("p").reads(&[read]).main(READS);
        desk.app.review(&Place::Folder(folder)).unwrap()
    };
    let allowed = review("./a.txt").policy.expect("there is one");
    assert_eq!(allowed.answer, PolicySays::Allows);
    let refused = review("./b.txt");
    let policy = refused.policy.clone().expect("there is one");
    assert_eq!(policy.answer, PolicySays::Refuses);
    assert!(policy.refusals[0].message.contains("b.txt"), "{policy:?}");
    assert!(policy.refusals[0].fix.is_some(), "{policy:?}");
    desk.app.install(refused.ticket, &agreed()).unwrap();
    let error = Desk::refuses(desk.app.start("p"), "refused");
    assert!(error.message.contains("b.txt") && error.fix.is_some(), "{error:?}");
}

fn a_ticket_counts_once_and_answers_name_rights_of_the_review() {
    let desk = Desk::new();
    let folder = desk.plugin("p").reads(&["./a.txt"]).main(READS);
    let review = desk.app.review(&Place::Folder(folder)).unwrap();
    let beyond = Answers { granted: vec![right("filesystem.read", "/**")], ..agreed() };
    Desk::refuses(desk.app.install(review.ticket, &beyond), "not-asked");
    Desk::refuses(desk.app.install(review.ticket, &Answers::default()), "not-answered");
    let refusing = Answers { refused: vec![right("filesystem.read", "./a.txt")], ..agreed() };
    Desk::refuses(desk.app.install(review.ticket, &refusing), "required-right-refused");
    assert!(desk.app.list().is_empty());
    desk.app.install(review.ticket, &agreed()).unwrap();
    Desk::refuses(desk.app.install(review.ticket, &agreed()), "no-ticket");
    let discarded = desk.app.review(&Place::Folder(desk.path("p"))).unwrap().ticket;
    assert!(desk.app.discard_review(discarded) && !desk.app.discard_review(discarded));
    Desk::refuses(desk.app.install(discarded, &agreed()), "no-ticket");
}

fn what_is_no_plugin_is_refused_and_leaves_nothing() {
    let desk = Desk::new();
    let folder = |path| Place::Folder(path);
    Desk::refuses(desk.app.review(&folder(desk.path("none"))), "bad-folder");
    desk.file("empty/readme.txt", "");
    Desk::refuses(desk.app.review(&folder(desk.path("empty"))), "bad-manifest");
    desk.file("odd/aether-plugin.json", "{ \"name\": \"odd\", \"permissions\": { \"fils\": 1 } }");
    let error = Desk::refuses(desk.app.review(&folder(desk.path("odd"))), "bad-manifest");
    assert!(error.message.contains("aether-plugin.json:1:"), "{error:?}");
    let archive = desk.file("bad.zip", b"PK\x03\x04 and no more");
    Desk::refuses(desk.app.review(&Place::Archive(archive)), "bad-archive");
    Desk::refuses(desk.app.review(&Place::Archive(desk.path("none.zip"))), "unreadable");
    assert!(desk.app.list().is_empty());
}

fn files_that_were_changed_are_not_started() {
    let desk = Desk::new();
    desk.plain("p", "export default () => 1;");
    let folder = desk.app.inspect("p").unwrap().folder;
    let main = std::path::Path::new(&folder).join("main.js");
    // It is read-only, which holds nobody up who means it.
    let writable = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(&main, writable).unwrap();
    fs::write(main, "export default () => 2;").unwrap();
    let error = Desk::refuses(desk.call("p", "run", json!(null)), "changed");
    assert!(error.fix.is_some());
    assert_eq!(desk.app.inspect("p").unwrap().files, None);
    desk.install(desk.path("p")).unwrap();
    assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!(1), "installed again");
}

fn a_name_that_is_taken_again_finds_nothing_of_the_one_before() {
    let desk = Desk::new();
    let code = "import kv from 'aether:kv';
        export const set = () => kv.set('a', 'secret');
        export const get = () => kv.get('a');";
    desk.plain("p", code);
    desk.call("p", "set", json!(null)).unwrap();
    desk.app.stop("p").unwrap();
    assert_eq!(desk.call("p", "get", json!(null)).unwrap(), json!("secret"), "it is kept");
    desk.app.uninstall("p").unwrap();
    desk.install(desk.path("p")).unwrap();
    assert_eq!(desk.call("p", "get", json!(null)).unwrap(), json!(null));
}

fn one_app_at_a_time_has_a_folder() {
    let desk = Desk::new();
    let again = App::open(Settings::new(desk.aside("app")));
    Desk::refuses(again.map(drop), "in-use");
}

fn an_app_finds_its_plugins_again() {
    let desk = Desk::new();
    desk.plain("p", "export default () => 1;");
    desk.app.disable("p").unwrap();
    let (folder, workspace) = (desk.aside("app"), desk.path(""));
    // The library is free once nobody has the app any more; the scene keeps the folder.
    let scene = desk.leave();
    let app = open_again(&folder, &workspace);
    assert_eq!(app.list().len(), 1);
    Desk::refuses(app.start("p"), "disabled");
    assert!(!app.enable("p").unwrap(), "it does not run");
    app.start("p").unwrap();
    drop(scene);
}

fn an_update_during_a_run_counts_from_the_next_start_on() {
    let desk = Desk::new();
    desk.plain("p", "export default async (wait) => { await new Promise(done => setTimeout(done, wait)); return 1; };");
    let app = desk.app.clone();
    let under_way =
        std::thread::spawn(move || app.call("test", "long", "p", "run", json!(500), None, None));
    desk.hear_life("p", LifeState::Started);
    let newer = desk.plugin("p").main("export default () => 2;");
    let installed = desk.install(newer).unwrap();
    assert_eq!((installed.outcome, installed.running), (Outcome::Updated, true));
    assert_eq!(under_way.join().unwrap().unwrap(), json!(1), "nobody disturbed it");
    desk.app.restart("p").unwrap();
    assert_eq!(desk.call("p", "run", json!(0)).unwrap(), json!(2));
}

/// Reads, and crashes on demand: by a memory limit that is soon reached.
const READS_AND_CRASHES: &str = "import { readText } from 'aether:fs';
    export default async () => { try { return await readText('/workspace/a.txt'); }
      catch (error) { return error.code; } };
    export const crash = () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); };";

/// Calls until it does not rest any more.
fn call_rested(desk: &Desk, name: &str) -> serde_json::Value {
    let until = std::time::Instant::now() + std::time::Duration::from_secs(30);
    loop {
        match desk.call(name, "run", json!(null)) {
            Err(error) if error.code == "resting" && std::time::Instant::now() < until => {
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
            other => break other.unwrap(),
        }
    }
}

fn what_is_taken_stays_taken_when_a_plugin_crashes() {
    let reads = right("filesystem.read", "./a.txt");
    // Taken while it runs, and after it has crashed.
    for crashes_first in [false, true] {
        let desk = Desk::new();
        desk.file("a.txt", "text");
        let plugin = desk.plugin("p").with("optional", r#"["filesystem.read"]"#);
        let plugin = plugin.resources(r#"{ "memory": "32MB" }"#);
        let folder = plugin.reads(&["./a.txt"]).main(READS_AND_CRASHES);
        let all = Answers { granted: vec![reads.clone()], ..agreed() };
        desk.install_with(folder, &all).unwrap();
        assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!("text"));
        if crashes_first {
            desk.call("p", "crash", json!(null)).expect_err("it has no room");
        }
        assert_eq!(desk.app.revoke("p", &reads).unwrap(), !crashes_first);
        if !crashes_first {
            assert_eq!(desk.call("p", "run", json!(null)).unwrap(), json!("text"), "until then");
            desk.call("p", "crash", json!(null)).expect_err("it has no room");
        }
        assert_eq!(call_rested(&desk, "p"), json!("ERR_ACCESS_DENIED"), "{crashes_first}");
    }
}

fn what_others_call_has_the_rights_of_now() {
    let desk = Desk::under(
        "version: 1\nplugins:\n  asks: { allow: { plugins: [answers.run] } }\n  answers: { allow: { filesystem: { read: [./a.txt] } }, callers: [asks] }\n",
    );
    desk.file("a.txt", "text");
    let reads = right("filesystem.read", "./a.txt");
    let answers = desk.plugin("answers").with("optional", r#"["filesystem.read"]"#);
    let answers = answers.reads(&["./a.txt"]).main(READS);
    let all = Answers { granted: vec![reads.clone()], ..agreed() };
    desk.install_with(answers, &all).unwrap();
    let asks = desk.plugin("asks").permissions(r#"{ "plugins": ["answers.run"] }"#);
    let code =
        "import { call } from 'aether:plugins'; export default () => call('answers.run', null);";
    desk.install(asks.main(code)).unwrap();
    assert_eq!(desk.call("asks", "run", json!(null)).unwrap(), json!("text"));
    desk.app.start("answers").unwrap();
    desk.app.revoke("answers", &reads).unwrap();
    assert_eq!(desk.call("asks", "run", json!(null)).unwrap(), json!("ERR_ACCESS_DENIED"));
}
