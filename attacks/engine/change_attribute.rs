#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-attribute",
    tries: "Attaches data to a file, past every limit on its size.",
    source: "setxattr(2), which Landlock does not cover",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setxattr"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let file = scene.scratch_file()?;
    let (name, value) = (c"user.aether", b"x");
    let what = [at(file.path.as_ptr()), at(name.as_ptr()), at(value.as_ptr()), 1];
    // SAFETY: setxattr(2) reads two C strings and one byte, all live.
    unsafe { call(libc::SYS_setxattr, what) }?;
    bites("attached data to a file")
}
