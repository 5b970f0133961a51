#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ffi::{CStr, CString};
use std::os::unix::ffi::OsStrExt;

use aether_attacks::{HERE, at, call};
use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "set-mount-attributes",
    tries: "Changes the attributes of the tree of mounts by the newest call.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let set = |path: &CStr| {
        // `struct mount_attr`: sets nodiratime, clears nothing.
        let attributes = [0x80u64, 0, 0, 0];
        let arguments = [HERE, at(path.as_ptr()), 0, at(attributes.as_ptr()), 32];
        // SAFETY: mount_setattr(2) reads a live text and 32 live bytes.
        unsafe { call(libc::SYS_mount_setattr, arguments) }.at_step("mount_setattr")
    };
    let scratch = Scratch::new(scene)?;
    let path = CString::new(scratch.path().as_os_str().as_bytes()).needed("a path")?;
    if apart::own_mounts() {
        mount("none", scratch.path(), "tmpfs", MountFlags::empty(), None).at_step("mounting")?;
        let changed = set(&path);
        unmount(scratch.path(), UnmountFlags::DETACH).needed("unmounting")?;
        changed?;
        return bites("changed a mount");
    }
    if !apart::may_mount() {
        return Err(Miss::denied("no right, and no namespace to have it in"));
    }
    // Only refused because no mount is there.
    match set(&path) {
        Err(Miss { errno: Some(libc::EINVAL), .. }) => bites("was refused only for its arguments"),
        other => other.map(|_| "changed a folder".to_owned()),
    }
}
