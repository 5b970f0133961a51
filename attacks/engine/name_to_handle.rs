#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "name-to-handle",
    tries: "Asks for a file's number on the disk, to open it by that.",
    source: "name_to_handle_at(2); the Docker escape called Shocker, 2014",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["name_to_handle_at"]),
};

/// `struct file_handle`.
#[repr(C)]
struct Handle {
    bytes: u32,
    kind: i32,
    handle: [u8; 128],
}

fn attempt(_: &Scene) -> Outcome {
    let mut handle = Handle { bytes: 128, kind: 0, handle: [0; 128] };
    let (mut mount, path) = (0i32, c"/etc/passwd");
    let to = [HERE, at(path.as_ptr()), at(&raw mut handle), at(&raw mut mount), 0];
    // SAFETY: name_to_handle_at(2) reads the path and writes a handle of at most `bytes` bytes and
    // one int, all live.
    unsafe { call(libc::SYS_name_to_handle_at, to) }?;
    bites(format!(
        "a handle of {} bytes, kind {}",
        handle.handle.len().min(handle.bytes as usize),
        handle.kind
    ))
}
