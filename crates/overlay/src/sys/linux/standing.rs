//! Keeping out of what the kernel shows of itself.
//!
//! A mount of `/`, or of any folder with a `/proc` below it, would else lead to the host's own
//! process: its variables, its memory, its descriptors. Names do not tell: a mount may stand
//! anywhere in the virtual tree, and so may `/proc` in the host's.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use rustix::fs::{fstat, fstatfs};

use crate::error::HostProblem;

/// `PROC_SUPER_MAGIC`, `SYSFS_MAGIC`, and those of what is mounted within `/sys`: security, debug,
/// trace, configuration, control groups of both versions.
const KERNEL_MADE: [u64; 8] = [
    0x9fa0,
    0x6265_6572,
    0x7363_6673,
    0x6462_6720,
    0x7472_6163,
    0x6265_6570,
    0x0027_e0eb,
    0x6367_7270,
];

const PROC: u64 = 0x9fa0;

/// The inode of the top of a `/proc`.
const PROC_TOP: u64 = 1;

/// Where a mount begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Among files.
    Ordinary,
    /// At the top of a `/proc`.
    ProcTop,
    /// Elsewhere in what the kernel shows, by its own name.
    Kernel,
}

impl Standing {
    pub(super) fn of(folder: &OwnedFd) -> Result<Self, HostProblem> {
        let kind = kind_of(folder)?;
        if !KERNEL_MADE.contains(&kind) {
            return Ok(Self::Ordinary);
        }
        let top = kind == PROC && fstat(folder)?.st_ino == PROC_TOP;
        Ok(if top { Self::ProcTop } else { Self::Kernel })
    }

    /// Refuses what was opened at a path below the mount if nobody named it.
    pub(super) fn check(self, opened: &OwnedFd, path: &OsStr) -> Result<(), HostProblem> {
        let entered = match self {
            Self::Kernel => return Ok(()),
            Self::Ordinary => KERNEL_MADE.contains(&kind_of(opened)?),
            Self::ProcTop => is_process(path),
        };
        if entered { Err(HostProblem::Denied) } else { Ok(()) }
    }
}

/// Whether a path below the top of a `/proc` leads to a process, by number or as `self`.
fn is_process(path: &OsStr) -> bool {
    let first = path.as_bytes().split(|byte| *byte == b'/').next().unwrap_or_default();
    let number = !first.is_empty() && first.iter().all(u8::is_ascii_digit);
    number || first == b"self" || first == b"thread-self"
}

fn kind_of(opened: impl AsFd) -> Result<u64, HostProblem> {
    // The type's width and sign differ between systems; the numbers have 32 bits.
    Ok(u64::from(fstatfs(opened)?.f_type as u32))
}
