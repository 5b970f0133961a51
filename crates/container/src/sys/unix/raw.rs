//! System calls that no safe crate offers, and that are the same on every Unix, each behind a safe function.
#![allow(
    unsafe_code,
    reason = "the fence: the raw calls of a platform alone are in its own folder"
)]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Turns a system call's result into `io::Result`.
fn check(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// Takes ownership of a descriptor that this process was born with.
///
/// Fails with `EBADF` when it is not open.
///
/// Must be called at most once per number, by the `enter` of a platform, before any other code
/// has opened descriptors; see there.
pub(in crate::sys) fn inherited(number: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: fcntl(2) with F_SETFD takes an integer and touches no memory; a closed number gives
    // EBADF.
    check(unsafe { libc::fcntl(number, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: from_raw_fd requires an open descriptor that nobody else owns. It is open (just
    // checked). The host placed it there for us; `enter` runs first in the process and takes each
    // number once, so no other Rust value owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}

/// Makes the C library settle on its time zone, tzset(3): the first use of local time reads
/// `/etc/localtime`, which a sealed process must not even try. Where files are out of reach by now
/// it settles on UTC, so that a plugin does not learn the machine's zone.
pub(in crate::sys) fn settle_time_zone() {
    // SAFETY: all-zero is a valid value of this plain struct (its one pointer may be null).
    let mut broken_down: libc::tm = unsafe { std::mem::zeroed() };
    let epoch: libc::time_t = 0;
    // SAFETY: localtime_r reads one time_t and writes one tm, both live. It may change the C
    // library's zone, which no other thread reads: there is none.
    unsafe { libc::localtime_r(&raw const epoch, &raw mut broken_down) };
}

/// How a child ended.
#[derive(Clone, Copy, Debug)]
pub(in crate::sys) struct Reaped {
    pub(in crate::sys) status: i32,
    pub(in crate::sys) cpu: Duration,
}

/// wait4(2) for one child of ours; `None` when it still runs and `block` is false.
pub(in crate::sys) fn reap(pid: i32, block: bool) -> io::Result<Option<Reaped>> {
    let mut status = 0;
    // SAFETY: all-zero is a valid value of this plain struct of integers.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let flags = if block { 0 } else { libc::WNOHANG };
    // SAFETY: both pointers are live and of the types that wait4 writes.
    let result = unsafe { libc::wait4(pid, &raw mut status, flags, &raw mut usage) };
    if check(result)? == 0 {
        return Ok(None);
    }
    let cpu = duration(usage.ru_utime) + duration(usage.ru_stime);
    Ok(Some(Reaped { status, cpu }))
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}

/// execve(2) with a path, arguments and an environment. Returns only to say why not.
///
/// A broken pipe ends the program again, as programs expect: the Rust runtime that is left here
/// ignores that signal, and what is ignored stays so.
pub(in crate::sys) fn execute(
    path: &CStr,
    arguments: &[CString],
    environment: &[CString],
) -> io::Error {
    let list = |texts: &[CString]| -> Vec<*const libc::c_char> {
        texts.iter().map(|text| text.as_ptr()).chain([std::ptr::null()]).collect()
    };
    let (argv, envp) = (list(arguments), list(environment));
    // SAFETY: signal(2) with SIG_DFL sets no handler and touches no memory of ours.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // SAFETY: the path is a C string, the lists are null-ended arrays of C strings; all of them
    // live until the call replaces this image or returns.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), envp.as_ptr()) };
    io::Error::last_os_error()
}
