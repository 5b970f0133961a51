#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "remove-file",
    tries: "Removes a file.",
    source: "unlinkat(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["unlinkat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let file = scene.scratch_file()?;
    // SAFETY: unlinkat(2) reads a path, a live C string.
    unsafe { call(libc::SYS_unlinkat, [HERE, at(file.path.as_ptr())]) }?;
    bites("removed a file")
}
