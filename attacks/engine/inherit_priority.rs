#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "inherit-priority",
    tries: "Locks by the futexes that lend priority, the kernel's most intricate.",
    source: "futex(2), FUTEX_LOCK_PI; CVE-2014-3153, CVE-2021-3347",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["futex"]),
};

fn attempt(_: &Scene) -> Outcome {
    let word = std::sync::atomic::AtomicU32::new(0);
    let what = [at(word.as_ptr()), libc::FUTEX_LOCK_PI as u64];
    // SAFETY: FUTEX_LOCK_PI writes one live u32 and allows a null timeout; nobody else holds it.
    unsafe { call(libc::SYS_futex, what) }?;
    bites("holds such a lock")
}
