//! Standard streams, environment and descriptors.

use aether_testkit::Session;

use crate::{Stage, as_each_user};

#[test]
fn nothing_but_what_is_named_is_in_the_environment() {
    as_each_user(|_, exec| {
        let outcome = exec(&[], "env | cut -d= -f1 | sort | grep -v '^PWD$' | grep -vi _proxy");
        outcome.exits(0).prints("HOME\nLANG\nPATH\nTMPDIR");
    });
    let stage = Stage::new();
    let line = stage.script(&["--env", "GIVEN", "--env", "UNSET"], "env | sort");
    let outcome = line.env("GIVEN", "here").env("SECRET", "not here").run();
    outcome.exits(0).prints_some("GIVEN=here\n");
    assert!(!outcome.stdout.contains("SECRET") && !outcome.stdout.contains("UNSET"), "{outcome}");
}

#[test]
fn nothing_is_open_but_the_standard_streams() {
    let stage = Stage::new();
    stage.file("secret", "secret");
    let aether = env!("CARGO_BIN_EXE_aether");
    // One that whoever starts it left open does not come through.
    let script = "exec 7< secret; exec \"$0\" exec -- ls /proc/self/fd";
    let outcome = stage.command("sh").args(["-c", script, aether]).run();
    // The last one is the listing's own.
    outcome.exits(0).prints("0\n1\n2\n3");
    let signals = stage.exec(&[], "grep Sig[BI] /proc/self/status");
    for line in signals.exits(0).stdout.lines() {
        // The C library keeps the first two real-time signals, 32 and 33, for itself.
        let set = line.split('\t').nth(1).and_then(|set| u64::from_str_radix(set, 16).ok());
        assert_eq!(set.map(|set| set & !(3 << 31)), Some(0), "{line}");
    }
}

#[test]
fn it_starts_in_the_folder_it_is_run_from() {
    let stage = Stage::new();
    stage.file("d/a", "a");
    let outcome = stage.script(&[], "pwd; ls -A").within("d").run();
    outcome.exits(0).prints(&stage.path("d").display().to_string());
    stage.script(&["--read", "."], "ls").within("d").run().exits(0).prints("a");
}

#[test]
fn megabytes_pass_through_unchanged() {
    let stage = Stage::new();
    let bytes: Vec<u8> =
        (0..6_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    stage.file("big", bytes);
    let aether = env!("CARGO_BIN_EXE_aether");
    for script in [
        "\"$0\" exec -q -- cat < big | cmp - big",
        "\"$0\" exec -q --read big -- cat big | cmp - big",
        "\"$0\" exec -q --read big -- sh -c 'cat big >&2' 2>&1 >/dev/null | cmp - big",
    ] {
        stage.command("sh").args(["-c", script, aether]).run().exits(0).prints_nothing();
    }
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_program() {
    let stage = Stage::new();
    let aether = env!("CARGO_BIN_EXE_aether");
    let script = "\"$0\" exec --pass-code -- yes | head -1; true";
    let outcome = stage
        .command("bash")
        .args(["-c", &format!("{script}; exit ${{PIPESTATUS[0]}}"), aether])
        .run();
    outcome.prints("y");
    let unread = stage.aether(&["exec", "--pass-code", "--", "yes"]).run_unread();
    // 128 and the number of the signal that ends whoever writes to nobody.
    unread.exits(141);
}

#[test]
fn an_input_that_never_ends_holds_nothing_up() {
    let stage = Stage::new();
    let aether = env!("CARGO_BIN_EXE_aether");
    let script = "sleep 300 | { \"$0\" exec -q -- echo done; pkill -P $$ sleep; }";
    let outcome = stage.command("sh").args(["-c", script, aether]).run();
    outcome.prints("done");
    assert!(outcome.took.as_secs() < 60, "{outcome}");
    let outcome = stage.script(&[], "read line; echo \"$line\"").input("a\nb\n").run();
    outcome.exits(0).prints("a");
    // No input is an empty one.
    stage.exec(&[], "cat; echo end").exits(0).prints("end");
}

#[test]
fn control_sequences_are_shown_to_a_person_and_not_obeyed() {
    let stage = Stage::new();
    let script = r"printf '\033]0;title\007\033[2Jclear\n'; printf '\033c\033[31mred\n' >&2; printf 'caf\303\251\n'";
    let shown = Session::start(&stage.script(&["-q"], script)).end();
    shown.exits(0).says("clear").says("red").says("café");
    for sequence in ["\u{1b}]0", "\u{1b}[2J", "\u{1b}c", "\u{7}"] {
        assert!(!shown.stderr.contains(sequence), "{shown}");
    }
    // A pipe takes bytes as they are, and so does whoever asks for them.
    let piped = stage.exec(&["-q"], script);
    assert!(piped.stdout.contains("\u{1b}[2Jclear"), "{piped}");
    let raw = Session::start(&stage.script(&["-q", "--raw"], script)).end();
    raw.exits(0).says("\u{1b}[2Jclear");
}
