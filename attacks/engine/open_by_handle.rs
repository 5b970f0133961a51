#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{AsRawFd, OwnedFd};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-by-handle",
    tries: "Opens a file by its number on the disk, past every path and root.",
    source: "open_by_handle_at(2); the Docker escape called Shocker, 2014",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["open_by_handle_at"]),
};

/// `struct file_handle`.
#[repr(C)]
struct Handle {
    bytes: u32,
    kind: i32,
    handle: [u8; 128],
}

fn attempt(scene: &Scene) -> Outcome {
    let mut handle = Handle { bytes: 128, kind: 1, handle: [0; 128] };
    let root: Option<OwnedFd> = scene.prepare("the root", || {
        let (mut mount, path) = (0, c"/etc/passwd");
        // SAFETY: name_to_handle_at(2) reads the path and writes a handle of at most `bytes` bytes
        // and one int, all live.
        let named = unsafe {
            let to = (&raw mut handle).cast();
            libc::name_to_handle_at(libc::AT_FDCWD, path.as_ptr(), to, &raw mut mount, 0)
        };
        if named != 0 {
            return Err(std::io::Error::last_os_error());
        }
        Ok(std::fs::File::open("/")?.into())
    })?;
    let root = root.as_ref().map_or(3, OwnedFd::as_raw_fd);
    let flags = libc::O_RDONLY as u64;
    // SAFETY: open_by_handle_at(2) reads a live handle of the length that it says.
    unsafe { call(libc::SYS_open_by_handle_at, [root as u64, at(&raw const handle), flags]) }?;
    bites("opened /etc/passwd by its inode")
}
