//! What V8 makes ahead: the runtime as a snapshot, and a plugin's files compiled.
#![cfg(feature = "v8")]

mod harness;

use aether_protocol::v1::CodePart;
use harness::{Setup, engine, snapshot};
use serde_json::{Value, json};

const MAIN: &str = "import { twice } from './lib.js'; import old from './old.cjs';
    export default () => [twice(21), old.name, typeof structuredClone, typeof SharedArrayBuffer];";

fn plugin() -> Setup {
    Setup::new(MAIN)
        .file("lib.js", "export const twice = (n) => 2 * n;")
        .file("old.cjs", "exports.name = 'old';")
}

fn expected() -> Value {
    json!([42, "old", "function", "undefined"])
}

/// What is compiled of the plugin.
fn script() -> Vec<u8> {
    let mut setup = plugin();
    setup.made.push(CodePart::Script);
    let mut cell = setup.greet_as_it_is();
    cell.request("compile", json!({ "deadline_ms": 10_000 })).unwrap();
    cell.kept.remove("script").unwrap()
}

/// What the plugin does with these parts.
fn run(parts: &[(&'static str, CodePart, Vec<u8>)]) -> (Value, Vec<String>) {
    let mut setup = plugin();
    for (name, part, bytes) in parts {
        setup.made.push(*part);
        setup.parts.insert(name, (bytes.clone(), json!({})));
    }
    let mut cell = setup.greet_as_it_is();
    cell.load().unwrap();
    let value = cell.run(Value::Null).unwrap();
    (value, cell.asked)
}

#[test]
fn a_plugin_runs_alike_with_and_without_what_was_made_ahead() {
    if engine() != "v8" {
        return;
    }
    let snapshot = ("snapshot", CodePart::Snapshot, snapshot());
    let script = ("script", CodePart::Script, script());
    assert!(script.2.len() > 300, "{}", script.2.len());
    let none: Vec<_> = run(&[]).1;
    assert!(!none.contains(&"bundle.code".to_owned()));
    for parts in [vec![], vec![snapshot.clone()], vec![script.clone()], vec![snapshot, script]] {
        let (value, asked) = run(&parts);
        assert_eq!(value, expected(), "{:?}", parts.iter().map(|part| part.0).collect::<Vec<_>>());
        assert_eq!(asked.iter().filter(|asked| *asked == "bundle.code").count(), parts.len());
    }
}

/// Another build's is of no use, and does no harm: the host seals what fits.
#[test]
fn what_another_build_has_made_is_made_again() {
    if engine() != "v8" {
        return;
    }
    let mut other = snapshot();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(run(&[("snapshot", CodePart::Snapshot, other)]).0, expected());
    assert_eq!(run(&[("snapshot", CodePart::Snapshot, Vec::new())]).0, expected());
    let whole = script();
    for script in [Vec::new(), whole[..whole.len() / 2].to_vec(), vec![0xff; 64]] {
        assert_eq!(run(&[("script", CodePart::Script, script)]).0, expected());
    }
}

/// A source that does not compile is told as it is, and nothing is kept of it.
#[test]
fn what_does_not_compile_is_not_kept() {
    if engine() != "v8" {
        return;
    }
    let mut setup = Setup::new("let a = ;");
    setup.made.push(CodePart::Script);
    let mut cell = setup.greet_as_it_is();
    let error = cell.request("compile", json!({ "deadline_ms": 10_000 })).unwrap_err();
    assert_eq!(error.fact("kind"), Some("syntax"));
    assert!(cell.kept.is_empty());
}

/// Randomness is not part of what is kept.
#[test]
fn cells_that_begin_alike_do_not_draw_alike() {
    if engine() != "v8" {
        return;
    }
    let draw = || {
        let mut cell = Setup::new("export default () => [Math.random(), Math.random()]").load();
        cell.run(Value::Null).unwrap()
    };
    assert_ne!(draw(), draw());
}
