#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-mount",
    tries: "Changes a mount's flags, such as read-only.",
    source: "mount_setattr(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mount_setattr"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let flags = rustix::mount::MountFlags::empty();
    scene.prepare("a mount", || {
        rustix::mount::mount("aether-attack", "/tmp", "tmpfs", flags, None)
    })?;
    // `struct mount_attr`: what to set, clear, propagation, user namespace.
    let change = [libc::MOUNT_ATTR_RDONLY, 0, 0, 0];
    let what = [HERE, at(c"/tmp".as_ptr()), 0, at(&raw const change), 32];
    // SAFETY: mount_setattr(2) reads a path and a `struct mount_attr` of the given size, both live.
    unsafe { call(libc::SYS_mount_setattr, what) }?;
    bites("changed a mount's flags")
}
