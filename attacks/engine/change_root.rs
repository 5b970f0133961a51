#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-root",
    tries: "Takes another root, the first half of the classic way out of chroot(2).",
    source: "chroot(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["chroot"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: chroot(2) reads a path, here a static C string; the root stays what it was.
    unsafe { call(libc::SYS_chroot, [at(c"/".as_ptr())]) }?;
    bites("chose its root")
}
