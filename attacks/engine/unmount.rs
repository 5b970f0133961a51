#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "unmount",
    tries: "Takes a mount off what lies beneath it.",
    source: "umount2(2); masks over /proc fall this way",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["umount2"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let flags = rustix::mount::MountFlags::empty();
    scene.prepare("a mount", || {
        rustix::mount::mount("aether-attack", "/tmp", "tmpfs", flags, None)
    })?;
    let how = libc::MNT_DETACH as u64;
    // SAFETY: umount2(2) reads a path, here a static C string.
    unsafe { call(libc::SYS_umount2, [at(c"/tmp".as_ptr()), how]) }?;
    bites("took a mount off")
}
