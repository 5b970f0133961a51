#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "rename-file",
    tries: "Renames a file.",
    source: "renameat2(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["renameat2"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let file = scene.scratch_file()?;
    let path = at(file.path.as_ptr());
    // SAFETY: renameat2(2) reads two paths, both the same live C string: nothing changes.
    unsafe { call(libc::SYS_renameat2, [HERE, path, HERE, path]) }?;
    bites("renamed a file to its own name")
}
