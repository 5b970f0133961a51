#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "mount",
    tries: "Mounts a file system.",
    source: "mount(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mount"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let (kind, place) = (at(c"tmpfs".as_ptr()), at(c"/tmp".as_ptr()));
    // SAFETY: mount(2) reads C strings, here static ones, and allows null data.
    unsafe { call(libc::SYS_mount, [at(c"aether-attack".as_ptr()), place, kind]) }?;
    bites("mounted over /tmp, in a namespace of its own")
}
