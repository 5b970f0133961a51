//! Asking a person in a terminal.

use aether_testkit::Session;

use crate::Stage;

const LINE: [&str; 3] = ["call", "p", "run"];

fn stage() -> Stage {
    let stage = Stage::new();
    stage.file("in/a.txt", "content");
    plugin(&stage, "1");
    stage
}

fn plugin(stage: &Stage, code: &str) {
    stage.plugin("p").reads(&["./in/**"]).main(&format!(
        "import * as fs from 'aether:fs'; export default async () => [{code}, await fs.readText('./in/a.txt')];"
    ));
}

/// What comes of an answer.
fn answer(stage: &Stage, line: &[&str], answer: &str) -> aether_testkit::Outcome {
    let mut session = Session::start(&stage.aether(line));
    session.wait_for("[N]o").types(answer);
    session.end()
}

#[test]
fn once_is_for_this_run_alone() {
    let stage = stage();
    for _ in 0..2 {
        let outcome = answer(&stage, &LINE, "o\n");
        outcome.exits(0).says(r#"[1,"content"]"#).says("filesystem.read");
        outcome.says("./in/**");
    }
    stage.run(&["plugins"]).exits(0).prints_nothing().says("Nothing is remembered.");
}

#[test]
fn no_is_no_and_so_is_everything_that_is_not_yes() {
    let stage = stage();
    answer(&stage, &LINE, "n\n").exits(3).says("refused by the person who was asked");
    answer(&stage, &LINE, "\n").exits(3);
    answer(&stage, &LINE, "NO\n").exits(3);
    // The end of input.
    answer(&stage, &LINE, "\u{4}").exits(3);
    answer(&stage, &LINE, "maybe\nno\n").exits(3).says("Please answer o, a or n.");
    stage.run(&["plugins"]).exits(0).prints_nothing();
}

#[test]
fn always_is_for_exactly_this_version() {
    let stage = stage();
    answer(&stage, &LINE, "a\n").exits(0).says(r#"[1,"content"]"#);
    let listed = stage.run(&["plugins", "list"]);
    listed.exits(0).prints_some("p  ").prints_some("[DIGEST]").prints_some("0.1.0");
    // Not asked again, with or without a terminal.
    Session::start(&stage.aether(&LINE)).end().exits(0).never_says("[N]o");
    stage.run(&LINE).exits(0).prints(r#"[1,"content"]"#);

    plugin(&stage, "2");
    stage.run(&LINE).exits(3).says("nobody to ask");
    answer(&stage, &LINE, "n\n").exits(3);
    // The version that was agreed to is so still.
    plugin(&stage, "1");
    stage.run(&LINE).exits(0);

    stage.run(&["plugins", "revoke", "q"]).exits(2);
    let digest = listed.stdout.split_whitespace().nth(1).expect("a digest").to_owned();
    assert!(!listed.stdout.contains('.') || !listed.stdout.contains("00Z"), "{listed}");
    stage.run(&["plugins", "revoke", &digest[..5]]).exits(2).says("at least six digits");
    stage.run(&["plugins", "revoke", &digest]).exits(0).says("Forgot 1 consent");
    stage.run(&LINE).exits(3);
    answer(&stage, &LINE, "a\n").exits(0);
    stage.run(&["plugins", "revoke", "p"]).exits(0).says("Forgot 1 consent");
    stage.run(&LINE).exits(3);
    stage.run(&["plugins"]).exits(0).prints_nothing();
}

#[test]
fn a_consent_is_for_the_folders_that_were_shown() {
    let stage = Stage::new();
    stage.plugin("p").reads(&["/var/log/**"]).main("export default () => 1;");
    let pipeline = |folder: &str| {
        stage.file(format!("{folder}/x.log"), "");
        stage.file(
            "p.yaml",
            format!("steps: [{{ id: a, plugin: ./p, mounts: {{ /var/log: ./{folder} }} }}]\n"),
        );
    };
    let line = ["run", "p.yaml"];
    pipeline("logs");
    answer(&stage, &line, "a\n").exits(0).says("/logs");
    stage.run(&line).exits(0);
    // The same plugin, but its /var/log would be another folder, which the pipeline chose.
    pipeline("secrets");
    stage.run(&line).exits(3).says("nobody to ask");
    answer(&stage, &line, "n\n").exits(3).says("/secrets");
}

#[test]
fn a_consent_is_for_the_folder_it_was_given_in() {
    let stage = stage();
    answer(&stage, &LINE, "a\n").exits(0);
    std::fs::create_dir_all(stage.aside("other/in")).expect("a folder");
    std::fs::write(stage.aside("other/in/a.txt"), "other").expect("a file");
    // There ./in is another folder.
    let folder = stage.aside("other").display().to_string();
    stage.run(&["call", "p", "run", "--workdir", &folder]).exits(3).says("nobody to ask");
}

#[test]
fn a_pipeline_asks_once_for_everything() {
    let stage = stage();
    stage.plugin("q").reads(&["./in/a.txt", "/etc/shadow"]).main("export default () => 1;");
    stage.plugin("harmless").main("export default () => 1;");
    stage.file(
        "p.yaml",
        "steps:\n  - { id: a, plugin: ./p }\n  - { id: b, plugin: ./q }\n  - { id: c, plugin: ./harmless }\n  - { id: d, plugin: ./p }\n",
    );
    let outcome = answer(&stage, &["run", "p.yaml"], "once\n");
    outcome.exits(0);
    assert_eq!(outcome.stderr.matches("[N]o").count(), 1, "{outcome}");
    assert_eq!(outcome.stderr.matches("asks for").count(), 2, "{outcome}");
    // The riskiest first.
    let (shadow, note) = (outcome.stderr.find("/etc/shadow"), outcome.stderr.find("./in/a.txt"));
    assert!(shadow < note, "{outcome}");
    answer(&stage, &["run", "p.yaml"], "n\n").exits(3);
}

#[test]
fn a_plugin_that_wants_nothing_needs_nobody() {
    let stage = Stage::new();
    stage.plugin("p").main("export default () => 1;");
    Session::start(&stage.aether(&LINE)).end().exits(0).never_says("[N]o");
}

#[test]
fn what_the_policy_says_is_not_asked_about() {
    let stage = stage();
    stage.file("policy.yaml", crate::stage::GENEROUS);
    let line = ["call", "p", "run", "--policy", "policy.yaml"];
    Session::start(&stage.aether(&line)).end().exits(0).never_says("[N]o");
    stage.file("policy.yaml", format!("{}    consent: ask\n", crate::stage::GENEROUS));
    answer(&stage, &line, "y\n").exits(0);
    let beyond = "version: 1\nplugins: { p: { allow: {} } }\n";
    stage.file("policy.yaml", beyond);
    Session::start(&stage.aether(&line)).end().exits(3).never_says("[N]o");
}

#[test]
fn hostile_requests_are_inert_in_the_review() {
    let stage = Stage::new();
    stage
        .plugin("p")
        .with("version", r#""1.0.0""#)
        .reads(&["./a\u{202e}gnp.sj/**", "./b\u{2066}c/**"])
        .main("export default () => 1;");
    let outcome = answer(&stage, &LINE, "n\n");
    outcome.exits(3).says("\\u{202e}").says("\\u{2066}");
    assert!(!outcome.stderr.contains(['\u{202e}', '\u{2066}']));
}
