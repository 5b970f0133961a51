#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "memory-secret",
    tries: "Takes memory that not even the kernel maps, which cannot be watched or swapped.",
    source: "memfd_secret(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["memfd_secret"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: memfd_secret(2) takes flags.
    unsafe { call(libc::SYS_memfd_secret, []) }?;
    bites("has secret memory")
}
