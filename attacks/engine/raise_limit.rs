#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "raise-limit",
    tries: "Raises a limit of its own, here to the one that it has.",
    source: "prlimit64(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prlimit64"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let limit = scene.prop([1u64 << 20; 2], || {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        Ok([limit.maximum.unwrap_or(u64::MAX); 2])
    })?;
    let what = [0, u64::from(libc::RLIMIT_NOFILE), at(limit.as_ptr())];
    // SAFETY: prlimit64(2) reads two u64 from a live array of two and allows a null old limit.
    unsafe { call(libc::SYS_prlimit64, what) }?;
    bites("raised its limit")
}
