//! Raw system calls that remember their refusals, so that host and cell can be compared.
#![allow(unsafe_code, reason = "the fence: every attack's system calls are made here")]

use std::sync::{Mutex, PoisonError};

/// `AT_FDCWD` as an argument.
pub const HERE: u64 = libc::AT_FDCWD as u64;

/// The arguments of each call that got `EPERM`.
static REFUSED: Mutex<Vec<[u64; 6]>> = Mutex::new(Vec::new());

/// Makes a system call; the error is its number. Missing arguments are zero.
///
/// # Errors
/// The error number.
///
/// # Safety
/// As the manual page of the call demands. In particular pointers must be valid for what the
/// kernel reads or writes through them, and no memory that Rust uses may lose its mapping.
pub unsafe fn call<const N: usize>(number: libc::c_long, arguments: [u64; N]) -> Result<u64, i32> {
    const { assert!(N <= 6, "a system call has at most six arguments") };
    let mut all = [0u64; 6];
    all[..N].copy_from_slice(&arguments);
    let [a, b, c, d, e, f] = all;
    // SAFETY: syscall(2) passes the values on; the caller vouches for the call itself.
    let result = unsafe { libc::syscall(number, a, b, c, d, e, f) };
    if result != -1 {
        return Ok(result as u64);
    }
    let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
    if errno == libc::EPERM {
        note_refused(all);
    }
    Err(errno)
}

/// An argument that is a pointer.
#[must_use]
pub fn at<T>(pointer: *const T) -> u64 {
    pointer as u64
}

/// Notes a refused call that was not made with [`call`].
pub fn note_refused(arguments: [u64; 6]) {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner).push(arguments);
}

/// The refused calls so far, which are forgotten.
#[must_use]
pub fn take_refused() -> Vec<[u64; 6]> {
    std::mem::take(&mut *REFUSED.lock().unwrap_or_else(PoisonError::into_inner))
}
