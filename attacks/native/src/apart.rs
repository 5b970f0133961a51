//! Namespaces of the program's own.
#![allow(unsafe_code, reason = "unshare(2) has no safe form")]

use std::fs;

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::thread::{UnshareFlags, unshare_unsafe};

use crate::errors::While;
use crate::probe::{Kind, Miss};

/// Moves the program into new namespaces, where a sandbox does not forbid it: that is an attack,
/// and outside it is what keeps the machine from being touched.
pub(crate) fn enter(flags: UnshareFlags) -> Result<(), Miss> {
    let user = rustix::process::getuid();
    let group = rustix::process::getgid();
    // SAFETY: CLONE_FILES, which would change what descriptors mean, is never among the flags.
    unsafe { unshare_unsafe(flags) }
        .at_step("new namespaces")
        // The limit on namespaces is how one forbids them.
        .map_err(|miss| miss.means(libc::ENOSPC, Kind::Denied))?;
    if flags.contains(UnshareFlags::NEWUSER) {
        // Where not even this is allowed it is nobody in there, and has every right.
        let map = |id: u32| format!("0 {id} 1\n");
        let _nobody = fs::write("/proc/self/setgroups", "deny")
            .and_then(|()| fs::write("/proc/self/uid_map", map(user.as_raw())))
            .and_then(|()| fs::write("/proc/self/gid_map", map(group.as_raw())));
    }
    Ok(())
}

/// Mounts of its own, by its rights or else as root of a user namespace; whether it has them.
/// Without, it goes on with those of the sandbox, which may be the machine's: nothing may change.
pub(crate) fn own_mounts() -> bool {
    let apart =
        enter(UnshareFlags::NEWNS).or_else(|_| enter(UnshareFlags::NEWUSER | UnshareFlags::NEWNS));
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    apart.is_ok() && mount_change("/", private).is_ok()
}

/// Whether it may administer its mounts all the same.
pub(crate) fn may_mount() -> bool {
    use rustix::thread::{CapabilitySet, capabilities};
    capabilities(None).is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN))
}
