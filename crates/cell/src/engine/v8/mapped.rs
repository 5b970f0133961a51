//! What the host has, where it lies: mapped, and not copied.
#![allow(unsafe_code, reason = "a file is memory only as long as nobody changes it")]

use std::ptr::null_mut;
use std::slice::from_raw_parts;

use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap};

use crate::channel::Attached;

/// What a memory file holds, for as long as this process lives. All of it is there from the first: one call
/// instead of a fault for each page.
///
/// # Errors
/// When the kernel refuses.
pub(super) fn bytes(file: &Attached) -> Result<&'static [u8], Errno> {
    let (size, flags) = (file.size(), MapFlags::PRIVATE | MapFlags::POPULATE);
    // SAFETY: the address is the kernel's choice, so that nothing of this process is replaced.
    let at = unsafe { mmap(null_mut(), size, ProtFlags::READ, flags, file.file(), 0) }?;
    // SAFETY: the file has so many bytes and is sealed, or it would not have been taken: nobody writes to it,
    // or makes it shorter. Nothing takes the mapping away. It has a byte, since the kernel maps none of nothing,
    // and no more than a payload may have.
    Ok(unsafe { from_raw_parts(at.cast::<u8>(), size) })
}
