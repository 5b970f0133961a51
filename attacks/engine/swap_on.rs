#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "swap-on",
    tries: "Adds swap space; here without a file, so that nothing happens.",
    source: "swapon(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["swapon"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: swapon(2) gets a null path, for which it gives EFAULT.
    match unsafe { call(libc::SYS_swapon, []) } {
        // What is wrong with the arguments is looked at only after the permission.
        Err(libc::EFAULT) => bites("the kernel would have listened"),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("the kernel listened"),
    }
}
