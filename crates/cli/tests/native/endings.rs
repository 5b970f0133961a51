//! How programs end, and that nothing of them is left.

use std::time::{Duration, Instant};

use aether_testkit::Signal;

use crate::Stage;

/// Whether a process with this in its command line is left on the machine.
fn is_left(mark: &str) -> bool {
    let processes = std::fs::read_dir("/proc").expect("processes");
    processes.filter_map(Result::ok).any(|process| {
        let line = std::fs::read(process.path().join("cmdline")).unwrap_or_default();
        // Not the commands that were told to run it.
        line.split(|byte| *byte == 0).any(|word| word == mark.as_bytes())
            && !line.windows(5).any(|word| word == b"exec\0")
    })
}

/// The machine takes a moment to bury them.
#[track_caller]
pub(crate) fn is_gone(mark: &str) {
    let until = Instant::now() + Duration::from_secs(10);
    while is_left(mark) {
        assert!(Instant::now() < until, "{mark} is still there");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn codes_are_aethers_or_the_programs_own() {
    let stage = Stage::new();
    stage.exec(&[], "exit 0").exits(0);
    let failed = stage.exec(&[], "exit 7");
    failed.exits(1).says("The program failed").says("it ended with code 7").never_says("plugin r");
    stage.exec(&["--pass-code"], "exit 7").exits(7);
    stage.exec(&["--pass-code", "-q"], "exit 255").exits(255).never_says("code");
    let signalled = stage.exec(&[], "kill -TERM $$");
    signalled.exits(1).says("The program failed").says("signal 15 ended it");
    stage.exec(&["--pass-code"], "kill -TERM $$").exits(143);
    stage.exec(&["--pass-code"], "kill -SEGV $$").exits(139);
}

#[test]
fn a_daemon_does_not_outlive_its_program() {
    let stage = Stage::new();
    let script = "setsid sleep 98761 >/dev/null 2>&1 & (sleep 98761 &) ; exit 0";
    stage.exec(&[], script).exits(0);
    is_gone("98761");
    // One that holds on to the output does not hold up the end.
    let outcome = stage.exec(&[], "setsid sleep 98762 & echo done");
    outcome.exits(0).prints("done");
    assert!(outcome.took.as_secs() < 60, "{outcome}");
    is_gone("98762");
}

#[test]
fn limits_end_it_or_are_its_own_errors() {
    let stage = Stage::new();
    let late = stage.exec(&["--timeout", "1s"], "sleep 98763 & sleep 98763");
    late.exits(5).says("its time limit of 1s");
    is_gone("98763");
    let script = "x=a; while :; do x=$x$x; done";
    let large = stage.exec(&["--memory", "64MB", "--timeout", "60s"], script);
    assert_ne!(large.code, Some(0), "{large}");
    assert!(large.took.as_secs() < 50, "{large}");
    let bomb =
        stage.exec(&["--processes", "8"], "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1 & done");
    bomb.says("fork");
    assert_ne!(bomb.code, Some(0), "{bomb}");
    stage.exec(&["--processes", "8"], "sleep 0 & sleep 0 & wait; echo fine").exits(0);
    for bad in [["--timeout", "never"], ["--memory", "much"], ["--disk", "0"], ["--processes", "0"]]
    {
        stage.exec(&bad, "echo ran").exits(2).prints_nothing();
    }
}

#[test]
fn what_would_raise_a_limit_is_the_option_that_sets_it() {
    let stage = Stage::new();
    let check = |limit: [&str; 2], script: &str, code: i32, more: &str| {
        let outcome = stage.exec(&["--write", "d/", limit[0], limit[1]], script);
        outcome.exits(code).says(&format!("to allow it: {more}")).never_says("command line");
    };
    check(["--timeout", "1s"], "sleep 60", 5, "--timeout 2s");
    check(["--cpu-time", "1s"], "while :; do :; done", 5, "--cpu-time 2s");
    check(["--output", "1KB"], "head -c 5000 /dev/zero", 5, "--output 2KB");
    // The program is told of these by its own errors.
    let full = "head -c 3000000 /dev/zero > d/a; echo done; exit 0";
    check(["--disk", "1MB"], full, 0, "--disk 2MB");
    check(["--disk", "1MB"], "head -c 3000000 /dev/zero > d/a", 1, "--disk 2MB");
    check(["--disk", "1MB"], "for i in $(seq 2000); do : > d/$i || exit 9; done", 1, "--disk 2MB");
    // So it is where nothing was granted to write.
    let own = "head -c 3000000 /dev/zero > /tmp/a; exit 0";
    stage.exec(&["--disk", "1MB"], own).exits(0).says("to allow it: --disk 2MB");
    let fits = "head -c 500000 /dev/zero > d/a";
    stage.exec(&["--write", "d/", "--disk", "1MB"], fits).exits(0).never_says("resources.disk");
}

#[test]
fn an_interruption_ends_the_whole_tree() {
    for signal in [Signal::INT, Signal::TERM] {
        let stage = Stage::new();
        stage.file("d/a", "a");
        let script = "trap '' INT TERM; echo x > d/a; sleep 98764 & echo armed >&2; sleep 98764";
        let line = stage.script(&["--write", "d"], script);
        let outcome = line.run_signalled_after("armed", &[signal]);
        outcome.exits(130).says("Interrupted");
        is_gone("98764");
        stage.run(&["diff"]).exits(0).prints_some("d/a: changed");
    }
}
