#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "stat-extended",
    tries: "Asks for a file's size and times.",
    source: "statx(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["statx"]),
};

fn attempt(_: &Scene) -> Outcome {
    let (path, mut facts) = (c"/etc/shadow", [0u64; 32]);
    let all = u64::from(libc::STATX_BASIC_STATS);
    // SAFETY: statx(2) reads the path and writes one `struct statx`, 256 bytes, to as many.
    unsafe { call(libc::SYS_statx, [HERE, at(path.as_ptr()), 0, all, at(facts.as_mut_ptr())]) }?;
    bites(format!("{} bytes of facts", size_of_val(&facts)))
}
