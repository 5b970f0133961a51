#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use aether_attacks::{at, call};
use rustix::fs::OFlags;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-by-handle",
    tries: "Opens a file by its number on the disk, past every path and root.",
    row: Row::Descriptors,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

/// `struct file_handle`.
#[repr(C)]
struct Handle {
    bytes: u32,
    kind: i32,
    handle: [u8; 128],
}

fn attempt(scene: &Scene) -> Outcome {
    // Of the granted folder: the same disk, and a handle that is certainly right.
    let folder = reach::open(scene.granted(), OFlags::RDONLY | OFlags::DIRECTORY)?;
    let mut handle = Handle { bytes: 128, kind: 0, handle: [0; 128] };
    let (mut mount, empty) = (0i32, c"");
    let arguments = [
        folder.as_raw_fd() as u64,
        at(empty.as_ptr()),
        at(&raw mut handle),
        at(&raw mut mount),
        libc::AT_EMPTY_PATH as u64,
    ];
    // SAFETY: name_to_handle_at(2) reads the path and writes a handle of at most `bytes` bytes and
    // one int, all live.
    unsafe { call(libc::SYS_name_to_handle_at, arguments) }.at_step("asking for a handle")?;
    let arguments = [folder.as_raw_fd() as u64, at(&raw const handle), libc::O_RDONLY as u64];
    // SAFETY: open_by_handle_at(2) reads a live handle of the length that it says.
    unsafe { call(libc::SYS_open_by_handle_at, arguments) }.at_step("opening the handle")?;
    bites("opened a folder by its inode")
}
