#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call, child};

pub(super) const ATTACK: Attack = Attack {
    name: "fork-bomb",
    tries: "Multiplies; here only up to eight.",
    source: "clone(2); the classic resource attack",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["clone"]),
};

fn attempt(_: &Scene) -> Outcome {
    let made = (0..8).filter(|_| {
        // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork;
        // `child` ends the copy.
        child(unsafe { call(libc::SYS_clone, [libc::SIGCHLD as u64]) }).is_ok()
    });
    match made.count() {
        0 => Err(Miss::Refused(libc::EPERM)),
        made => bites(format!("made {made} children")),
    }
}
