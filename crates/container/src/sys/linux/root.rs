//! An empty, read-only root.

use rustix::fs::{CWD, Mode};
use rustix::io::{Errno, Result};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, mount_remount, unmount,
};
use rustix::process::{chdir, pivot_root};

/// Folders on which the new root is mounted for a moment; the first that exists is taken. What is
/// mounted there is seen by this mount namespace only.
const STAGES: [&str; 4] = ["/tmp", "/proc", "/dev", "/"];

/// Replaces the root by a tmpfs without any entry, sealed read-only.
///
/// Needs `CAP_SYS_ADMIN` over a mount namespace of our own.
pub(super) fn empty() -> Result<()> {
    // Otherwise mounts would travel to the host through shared propagation.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let stage = stage()?;
    mount("aether", stage, "tmpfs", flags, Some(c"size=4096,nr_inodes=2,mode=0555"))?;
    chdir(stage)?;
    // pivot_root(2), "pivot_root(".", ".")": the old root ends up stacked on the new one, which
    // needs no folder for it; then it is taken off.
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    chdir("/")?;
    mount_remount("/", flags | MountFlags::RDONLY | MountFlags::BIND, c"")
}

fn stage() -> Result<&'static str> {
    for stage in STAGES {
        if rustix::fs::openat(
            CWD,
            stage,
            rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY,
            Mode::empty(),
        )
        .is_ok()
        {
            return Ok(stage);
        }
    }
    Err(Errno::NOENT)
}
