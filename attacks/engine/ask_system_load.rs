#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-system-load",
    tries: "Asks how busy the machine is.",
    source: "sysinfo(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["sysinfo"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut facts: libc::sysinfo = unsafe { std::mem::zeroed() };
    // SAFETY: sysinfo(2) writes one live `struct sysinfo`.
    unsafe { call(libc::SYS_sysinfo, [at(&raw mut facts)]) }?;
    bites(format!("{} processes run", facts.procs))
}
