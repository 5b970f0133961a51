//! From the host to the first instruction of the cell's program: one call of posix_spawn(2), so that no
//! code of ours runs between two programs.
//!
//! Type-checked only: unproven until it has run on a Mac.
#![allow(unsafe_code, reason = "the fence: no safe crate offers posix_spawn with Apple's flags")]

use std::ffi::{CStr, c_int, c_short};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

/// Descriptors of the parent at or above this number, so that placing the child's own (0 to 4)
/// overwrites none of them, and each is a copy, which a new program keeps.
pub(super) const SAFE_FD: RawFd = 10;

/// Starts a program with an empty environment, with these descriptors as 0, 1, 2, the gateway (3) and the
/// launch channel (4), each of them >= [`SAFE_FD`], and with no other. Gives its number.
pub(super) fn spawn(program: &CStr, name: &CStr, descriptors: &[OwnedFd; 5]) -> io::Result<i32> {
    let attributes = Attributes::new()?;
    let mut actions = Actions::new()?;
    for (number, descriptor) in (0..).zip(descriptors) {
        actions.place(descriptor.as_raw_fd(), number)?;
    }
    let argv = [name.as_ptr().cast_mut(), ptr::null_mut()];
    let envp: [*mut libc::c_char; 1] = [ptr::null_mut()];
    let mut pid = 0;
    // SAFETY: posix_spawn(2) writes one number to a live variable. The path is a C string; `argv` and
    // `envp` are null-ended arrays of C strings, which it does not change; the attributes and actions
    // were initialised and live.
    check(unsafe {
        libc::posix_spawn(
            &raw mut pid,
            program.as_ptr(),
            &raw const actions.0,
            &raw const attributes.0,
            argv.as_ptr(),
            envp.as_ptr(),
        )
    })?;
    Ok(pid)
}

struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    /// Nothing inherited but what is named, default dispositions and nothing blocked.
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: posix_spawnattr_init(3) initialises the variable that it is given, or fails.
        check(unsafe { libc::posix_spawnattr_init(raw.as_mut_ptr()) })?;
        // SAFETY: initialised by the call above, which has not failed.
        let mut attributes = Self(unsafe { raw.assume_init() });
        let flags = libc::POSIX_SPAWN_CLOEXEC_DEFAULT
            | libc::POSIX_SPAWN_SETSIGDEF
            | libc::POSIX_SPAWN_SETSIGMASK;
        let flags = c_short::try_from(flags).map_err(io::Error::other)?;
        let (all, none) = signals();
        let raw = &raw mut attributes.0;
        // SAFETY: each of the three changes initialised attributes; both sets are live and read only.
        unsafe {
            check(libc::posix_spawnattr_setflags(raw, flags))?;
            check(libc::posix_spawnattr_setsigdefault(raw, &raw const all))?;
            check(libc::posix_spawnattr_setsigmask(raw, &raw const none))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised, and not used any more.
        unsafe { libc::posix_spawnattr_destroy(&raw mut self.0) };
    }
}

struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn new() -> io::Result<Self> {
        let mut raw = MaybeUninit::uninit();
        // SAFETY: posix_spawn_file_actions_init(3) initialises the variable that it is given, or fails.
        check(unsafe { libc::posix_spawn_file_actions_init(raw.as_mut_ptr()) })?;
        // SAFETY: initialised by the call above, which has not failed.
        Ok(Self(unsafe { raw.assume_init() }))
    }

    fn place(&mut self, from: RawFd, to: RawFd) -> io::Result<()> {
        // SAFETY: takes integers and adds to initialised actions.
        check(unsafe { libc::posix_spawn_file_actions_adddup2(&raw mut self.0, from, to) })
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: initialised, and not used any more.
        unsafe { libc::posix_spawn_file_actions_destroy(&raw mut self.0) };
    }
}

/// All signals, and none.
fn signals() -> (libc::sigset_t, libc::sigset_t) {
    let (mut all, mut none) = (MaybeUninit::uninit(), MaybeUninit::uninit());
    // SAFETY: each of the two calls initialises the set that it is given, and cannot fail.
    unsafe {
        libc::sigfillset(all.as_mut_ptr());
        libc::sigemptyset(none.as_mut_ptr());
        (all.assume_init(), none.assume_init())
    }
}

/// These calls return the error itself.
fn check(error: c_int) -> io::Result<()> {
    if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) }
}
