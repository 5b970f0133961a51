#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Need, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "compare-processes",
    tries: "Asks how its kernel addresses order against another cell's.",
    source: "kcmp(2)",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["kcmp"]),
};

/// Whether two processes share their memory.
const KCMP_VM: u64 = 1;

fn attempt(scene: &Scene) -> Outcome {
    let who = [u64::from(std::process::id()), scene.victim.pid as u64, KCMP_VM];
    // SAFETY: kcmp(2) with KCMP_VM takes integers.
    unsafe { call(libc::SYS_kcmp, who) }?;
    bites("knows the order")
}
