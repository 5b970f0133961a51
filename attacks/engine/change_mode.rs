#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-mode",
    tries: "Changes who may use a file.",
    source: "fchmodat(2), which Landlock does not cover",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["fchmodat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let file = scene.scratch_file()?;
    // SAFETY: fchmodat(2) reads a path, a live C string.
    unsafe { call(libc::SYS_fchmodat, [HERE, at(file.path.as_ptr()), 0o600]) }?;
    bites("changed a file's mode")
}
