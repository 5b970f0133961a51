//! The judge on command lines that are no sandbox, or let nothing live.
#![cfg(target_os = "linux")]

use std::process::{Command, Output};

/// Judges one program that can bite for every user.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aether-attacks-native"));
    command.args(["run", "--only", "read-secret"]).args(arguments);
    command.output().expect("the run")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_program_bites_where_there_is_no_sandbox() {
    let output = run(&[]);
    assert!(text(&output).contains("read-secret  bites"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_command_that_confines_nothing_has_a_hole() {
    let output = run(&["--sandbox", "env"]);
    assert!(text(&output).contains("read-secret, sandbox: HOLE"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_command_that_starts_nothing_is_inconclusive() {
    for command in ["false", "true", "/aether/none"] {
        let output = run(&["--sandbox", command]);
        assert!(text(&output).contains("sandbox: inconclusive"), "{}", text(&output));
        assert_eq!(output.status.code(), Some(1), "{command}");
    }
}

#[test]
fn a_command_that_only_says_that_all_is_well_is_inconclusive() {
    let command = r#"sh -c 'echo "{\"alive\":true}"'"#;
    let output = run(&["--sandbox", command]);
    assert!(text(&output).contains("sandbox: inconclusive: it died"), "{}", text(&output));
}

#[test]
fn a_peer_is_only_told() {
    let output = run(&["--peer", "nothing=env"]);
    assert!(text(&output).contains("nothing: 0 held, 1 holes"), "{}", text(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn unusable_options_are_refused() {
    assert_eq!(run(&["--sandbox"]).status.code(), Some(2));
    assert_eq!(run(&["--sandbox", "a 'b"]).status.code(), Some(1));
}

#[test]
fn nothing_is_left() {
    let output = run(&["--sandbox", "env"]);
    let text = text(&output);
    // The scene's folder stands in what the hole says.
    let path = text.split(" in ").nth(1).and_then(|rest| rest.split("/outside").next());
    let path = path.expect("the folder of the scene");
    assert!(!std::path::Path::new(path).exists(), "{path} is left");
}
