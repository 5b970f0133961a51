#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-file-system",
    tries: "Opens a file system by the newer calls for mounts.",
    source: "fsopen(2); Docker's masks did not know them at first",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fsopen"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    // SAFETY: fsopen(2) reads a name, here a static C string.
    unsafe { call(libc::SYS_fsopen, [at(c"tmpfs".as_ptr())]) }?;
    bites("opened a new file system")
}
