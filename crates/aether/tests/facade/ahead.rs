//! What V8 makes ahead is kept by the host: by build and digest, sealed, and of no use to anybody else.

#[cfg(feature = "v8")]
use std::fs;
#[cfg(feature = "v8")]
use std::path::PathBuf;

use aether::Host;
use serde_json::Value;
#[cfg(feature = "v8")]
use serde_json::json;

use crate::lab::{Lab, policy, start, tests};

#[cfg(not(feature = "v8"))]
tests! { quickjs_makes_nothing_ahead }

#[cfg(feature = "v8")]
tests! {
    quickjs_makes_nothing_ahead,
    a_snapshot_is_made_once_and_kept,
    what_was_compiled_of_a_plugin_is_for_those_files_alone,
    what_was_changed_on_disk_is_made_again,
    a_plugin_hands_over_nothing,
    nobody_is_asked_for_what_is_made_ahead,
}

const MAIN: &str = "export default () => ['here', typeof structuredClone];";

fn host(lab: &Lab, javascript: &str) -> Host {
    let text = format!("version: 1\njavascript: {{ {javascript} }}\nplugins: {{ \"*\": {{}} }}\n");
    lab.builder().policy(policy(&text)).keep_code(lab.aside("code")).build().expect("a host")
}

/// Loads, calls, and ends; what the plugin gave.
fn run(lab: &Lab, host: &Host, name: &str, code: &str) -> Value {
    let cell = start(host, &lab.load(host, name, code));
    let value = cell.call("run", Value::Null).expect("a result");
    cell.stop();
    value
}

fn quickjs_makes_nothing_ahead() {
    let lab = Lab::new();
    let host = host(&lab, "engine: quickjs");
    run(&lab, &host, "p", MAIN);
    assert!(!lab.aside("code").join("key").exists(), "not even a key");
}

#[cfg(feature = "v8")]
fn kept(lab: &Lab, ending: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(lab.aside("code"))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    found.sort();
    found
}

/// How many cells were started.
#[cfg(feature = "v8")]
fn cells(lab: &Lab) -> usize {
    lab.heard.of(|event| matches!(event, aether::Event::Starting { .. }).then_some(())).len()
}

/// A program of more than is compiled ahead.
#[cfg(feature = "v8")]
fn large(number: u32) -> String {
    let mut code = format!("export default () => [{number}, f9999()];\n");
    for each in 0..10_000 {
        code.push_str(&format!("function f{each}() {{ return {each}; }}\n"));
    }
    code
}

#[cfg(feature = "v8")]
fn a_snapshot_is_made_once_and_kept() {
    let lab = Lab::new();
    let first = host(&lab, "engine: v8");
    for name in ["p", "q"] {
        assert_eq!(run(&lab, &first, name, MAIN), json!(["here", "function"]));
    }
    assert_eq!(cells(&lab), 3, "two plugins, and one cell that made it");
    assert_eq!(kept(&lab, ".snapshot").len(), 1);
    drop(first);
    // The log of the first one is in the way.
    fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
    let second = host(&lab, "engine: v8");
    run(&lab, &second, "p", MAIN);
    assert_eq!(cells(&lab), 4);
    drop(second);
    fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
    let other = host(&lab, "engine: v8, jit: allow");
    run(&lab, &other, "p", MAIN);
    assert_eq!((cells(&lab), kept(&lab, ".snapshot").len()), (6, 2), "another with machine code");
}

#[cfg(feature = "v8")]
fn what_was_compiled_of_a_plugin_is_for_those_files_alone() {
    let lab = Lab::new();
    let host = host(&lab, "engine: v8");
    assert_eq!(run(&lab, &host, "p", &large(1)), json!([1, 9999]));
    assert_eq!(kept(&lab, ".script").len(), 1);
    let before = cells(&lab);
    assert_eq!(run(&lab, &host, "p", &large(1)), json!([1, 9999]));
    assert_eq!(cells(&lab), before + 1, "nothing is compiled again");
    // One byte of it is another.
    assert_eq!(run(&lab, &host, "p", &large(2)), json!([2, 9999]));
    assert_eq!((cells(&lab), kept(&lab, ".script").len()), (before + 3, 2));
    let records = lab.records(&host);
    let read: Vec<_> = records.iter().filter(|one| one.action == "bundle.code").collect();
    assert_eq!(read.len(), 6, "a snapshot and a script, each time");
    assert!(read.iter().all(|one| one.object.as_deref().is_some_and(|of| of.starts_with("b3:"))));
}

#[cfg(feature = "v8")]
fn what_was_changed_on_disk_is_made_again() {
    let lab = Lab::new();
    let first = host(&lab, "engine: v8");
    run(&lab, &first, "p", &large(1));
    drop(first);
    let files = [kept(&lab, ".snapshot").remove(0), kept(&lab, ".script").remove(0)];
    let whole = files.each_ref().map(|file| fs::read(file).expect("a file"));
    // Each byte counts, the last one too, as does under which name it stands.
    let changed = |own: &[u8], other: &[u8]| {
        let (first, last) = (own[0], own[own.len() - 1]);
        [
            [&own[..own.len() - 1], &[last ^ 1]].concat(),
            [&[first ^ 1], &own[1..]].concat(),
            other.to_vec(),
            Vec::new(),
        ]
    };
    for change in 0..4 {
        for (at, file) in files.iter().enumerate() {
            let changed = changed(&whole[at], &whole[1 - at]);
            fs::write(file, &changed[change]).expect("a file");
        }
        fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
        let before = cells(&lab);
        let again = host(&lab, "engine: v8");
        assert_eq!(run(&lab, &again, "p", &large(1)), json!([1, 9999]));
        assert_eq!(cells(&lab), before + 3, "both are made again");
    }
    // With another key nothing of it counts.
    fs::write(lab.aside("code").join("key"), [7; 32]).expect("a key");
    fs::remove_file(lab.aside("audit.jsonl")).expect("a log");
    let before = cells(&lab);
    run(&lab, &host(&lab, "engine: v8"), "p", &large(1));
    assert_eq!(cells(&lab), before + 3);
}

/// What runs cannot put anything in the place of what was made ahead: only a cell that compiles hands over.
#[cfg(feature = "v8")]
fn a_plugin_hands_over_nothing() {
    let lab = Lab::new();
    let host = host(&lab, "engine: v8");
    run(&lab, &host, "p", &large(1));
    let script = kept(&lab, ".script").remove(0);
    let whole = fs::read(&script).expect("a file");
    // Compiling is not running: what a plugin does when it runs changes nothing of what is kept of it.
    let code = format!("{}\nglobalThis.f9999 = () => 'forged'; f9999 = () => 'forged';", large(1));
    assert_eq!(run(&lab, &host, "q", &code), json!([1, "forged"]));
    assert_eq!(fs::read(&script).expect("a file"), whole);
    assert_eq!(run(&lab, &host, "p", &large(1)), json!([1, 9999]));
}

/// What makes it asks for nothing, so there is nothing to agree to.
#[cfg(feature = "v8")]
fn nobody_is_asked_for_what_is_made_ahead() {
    let lab = Lab::new();
    let text = "version: 1\njavascript: { engine: v8 }\nplugins: { \"*\": { consent: ask, \
                allow: { filesystem: { read: [\"./**\"] } } } }\n";
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&asked);
    let host = lab
        .builder()
        .policy(policy(text))
        .keep_code(lab.aside("code"))
        .ask(move |_| {
            count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            aether::Answer::Once
        })
        .build()
        .expect("a host");
    let folder = lab.plugin("p").reads(&["./in/**"]).main(&large(1));
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", Value::Null), Ok(json!([1, 9999])));
    cell.stop();
    assert_eq!(asked.load(std::sync::atomic::Ordering::SeqCst), 1);
    assert_eq!((kept(&lab, ".snapshot").len(), kept(&lab, ".script").len()), (1, 1));
}
