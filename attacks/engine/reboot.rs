#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "reboot",
    tries: "Restarts the machine; here without the magic numbers, so that nothing happens.",
    source: "reboot(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["reboot"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: reboot(2) does nothing without its two magic numbers, and gives EINVAL.
    match unsafe { call(libc::SYS_reboot, []) } {
        // What is wrong with the arguments is looked at only after the permission.
        Err(libc::EINVAL) => bites("the kernel would have listened"),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("the kernel listened"),
    }
}
