#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{AsRawFd, OwnedFd};

use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "move-mount",
    tries: "Hangs a tree of mounts where it likes.",
    source: "move_mount(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["move_mount"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let tree = scene.prepare("a detached mount", || {
        let system = fsopen("tmpfs", FsOpenFlags::empty())?;
        fsconfig_create(&system)?;
        fsmount(&system, FsMountFlags::empty(), MountAttrFlags::empty())
    })?;
    let tree = tree.as_ref().map_or(3, OwnedFd::as_raw_fd) as u64;
    let (from, to) = (at(c"".as_ptr()), at(c"/tmp".as_ptr()));
    let flags = u64::from(libc::MOVE_MOUNT_F_EMPTY_PATH);
    // SAFETY: move_mount(2) reads two paths, here static C strings.
    unsafe { call(libc::SYS_move_mount, [tree, from, HERE, to, flags]) }?;
    bites("hung a tree over /tmp, in a namespace of its own")
}
