#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "load-module",
    tries: "Loads code into the kernel; here an empty module, so that nothing happens.",
    source: "init_module(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["init_module"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: init_module(2) gets a length of 0, for which it gives ENOEXEC before it reads the image.
    match unsafe { call(libc::SYS_init_module, [0, 0, at(c"".as_ptr())]) } {
        // What is wrong with the arguments is looked at only after the permission.
        Err(libc::ENOEXEC | libc::EFAULT) => bites("the kernel would have listened"),
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites("the kernel listened"),
    }
}
