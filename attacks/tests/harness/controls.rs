//! Attacks that must be judged failures, so that a harness which sees nothing is seen itself.
#![allow(unsafe_code, reason = "a control makes raw system calls too")]

use aether_attacks::{Attack, Miss, Outcome, Refused, Scene, bites, call};

use super::judge::judge;

/// What [`leaves_a_file`] leaves.
const LEFT: &str = "/tmp/aether-engine-attack-control";

/// By name.
pub(super) const ALL: &[Attack] =
    &[
        control("control-bites-inside", |_| bites("made an allowed call")),
        control("control-makes-no-call", |scene| {
            if scene.outside { bites("") } else { Err(Miss::Refused(libc::EPERM)) }
        }),
        control("control-makes-another-call", |scene| {
            // SAFETY: getuid(2) takes nothing and touches no memory.
            let _refused = unsafe { call(libc::SYS_getuid, []) };
            if scene.outside { bites("") } else { Err(Miss::Refused(libc::EPERM)) }
        }),
        control("control-dies-inside", |scene| {
            if scene.outside { bites("") } else { std::process::exit(1) }
        }),
        control("control-bites-nowhere", |_| {
            // SAFETY: dup(2) takes an integer; nothing is open there.
            unsafe { call(libc::SYS_dup, [9999]) }?;
            bites("")
        }),
        control("control-leaves-a-file", leaves_a_file),
    ];

/// The clause by which each must fail.
const CLAUSES: [&str; 6] = [
    "inside: IT BITES",
    "inside: refused calls told: []",
    "inside: refused calls told: [\"getuid\"]",
    "inside: the probe is not alive",
    "outside: inconclusive",
    "afterwards: a file is left",
];

/// Judges every control; the error names one that passes.
pub(super) fn all_fail() -> Result<(), String> {
    for (control, clause) in ALL.iter().zip(CLAUSES) {
        let verdict = judge(control);
        let _only_the_last_leaves_it = std::fs::remove_file(LEFT);
        if !verdict.as_ref().is_err_and(|error| error.starts_with(clause)) {
            return Err(format!("{}: {verdict:?} instead of {clause}", control.name));
        }
    }
    Ok(())
}

const fn control(name: &'static str, attempt: fn(&Scene) -> Outcome) -> Attack {
    Attack {
        name,
        tries: "Must fail.",
        source: "the harness",
        needs: &[],
        attempt,
        refused: Refused::Syscalls(&["dup"]),
    }
}

fn leaves_a_file(scene: &Scene) -> Outcome {
    if scene.outside {
        std::fs::write(LEFT, "").map_err(Miss::not_here("a file"))?;
    }
    // SAFETY: dup(2) takes an integer.
    unsafe { call(libc::SYS_dup, [3]) }?;
    bites("")
}
