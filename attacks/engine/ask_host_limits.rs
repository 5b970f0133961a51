#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-host-limits",
    tries: "Reads its host's resource limits, by the call that could also lower them.",
    source: "prlimit64(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prlimit64"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let mut limit = [0u64; 2];
    let what = [scene.host as u64, u64::from(libc::RLIMIT_NOFILE), 0, at(limit.as_mut_ptr())];
    // SAFETY: prlimit64(2) allows a null new limit and writes two u64 to a live array of two.
    unsafe { call(libc::SYS_prlimit64, what) }?;
    bites(format!("its host may open {} files", limit[0]))
}
