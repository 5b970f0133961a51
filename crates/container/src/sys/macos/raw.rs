//! System calls that no safe crate offers, each behind a safe function.
//!
//! Type-checked only: unproven until they have run on a Mac.
#![allow(
    unsafe_code,
    reason = "the fence: raw system calls live here, in spawn.rs and in seatbelt/calls.rs"
)]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::event::kqueue::{Event, EventFilter, EventFlags, ProcessEvents, kevent, kqueue};
use rustix::process::Pid;

/// Makes writing to a pipe that nobody reads an error and no signal. fcntl(2), `F_SETNOSIGPIPE`.
pub(super) fn raise_no_signal(pipe: &OwnedFd) -> io::Result<()> {
    let number = std::os::fd::AsRawFd::as_raw_fd(pipe);
    // SAFETY: fcntl(2) with F_SETNOSIGPIPE takes an integer and touches no memory.
    match unsafe { libc::fcntl(number, libc::F_SETNOSIGPIPE, 1) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The numbers of a process's open descriptors. `proc_pidinfo` with `PROC_PIDLISTFDS`.
pub(super) fn descriptors(pid: i32) -> io::Result<Vec<i32>> {
    let mut room = 64;
    loop {
        let mut found: Vec<libc::proc_fdinfo> = Vec::with_capacity(room);
        let bytes = room * size_of::<libc::proc_fdinfo>();
        let size = libc::c_int::try_from(bytes).map_err(io::Error::other)?;
        let buffer = found.as_mut_ptr().cast();
        // SAFETY: at most `size` bytes are written to the buffer, which has room for as many.
        let written = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDLISTFDS, 0, buffer, size) };
        let Some(written) = usize::try_from(written).ok().filter(|written| *written > 0) else {
            return Err(io::Error::last_os_error());
        };
        let count = written / size_of::<libc::proc_fdinfo>();
        if count < room {
            // SAFETY: as many entries were written, and there is room for more.
            unsafe { found.set_len(count) };
            return Ok(found.iter().map(|one| one.proc_fd).collect());
        }
        room *= 2;
    }
}

/// What a process has used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// Bytes that count for it, as the system's own monitor shows them.
    pub(super) memory: u64,
    pub(super) memory_peak: u64,
    pub(super) cpu: Duration,
}

/// `proc_pid_rusage`; `None` for a process that has ended.
pub(super) fn figures(pid: i32) -> Option<Figures> {
    let mut usage = MaybeUninit::<libc::rusage_info_v4>::zeroed();
    // SAFETY: of this flavour, one rusage_info_v4 is written to the buffer, which is one. That the
    // parameter's type is a pointer to a pointer is an accident of the header.
    let result =
        unsafe { libc::proc_pid_rusage(pid, libc::RUSAGE_INFO_V4, usage.as_mut_ptr().cast()) };
    if result != 0 {
        return None;
    }
    // SAFETY: it was zeroed, and all-zero is a valid value of this plain struct of integers.
    let usage = unsafe { usage.assume_init() };
    Some(Figures {
        memory: usage.ri_phys_footprint,
        memory_peak: usage.ri_lifetime_max_phys_footprint,
        cpu: of_ticks(usage.ri_user_time.saturating_add(usage.ri_system_time)),
    })
}

/// Threads of a process. `proc_pidinfo` with `PROC_PIDTASKINFO`.
pub(super) fn threads(pid: i32) -> Option<u32> {
    let mut info = MaybeUninit::<libc::proc_taskinfo>::zeroed();
    let size = libc::c_int::try_from(size_of::<libc::proc_taskinfo>()).ok()?;
    let buffer = info.as_mut_ptr().cast();
    // SAFETY: at most `size` bytes are written to the buffer, which has as many.
    let written = unsafe { libc::proc_pidinfo(pid, libc::PROC_PIDTASKINFO, 0, buffer, size) };
    if written != size {
        return None;
    }
    // SAFETY: it was zeroed, and all-zero is a valid value of this plain struct of integers.
    u32::try_from(unsafe { info.assume_init() }.pti_threadnum).ok()
}

/// The system counts in ticks of its clock, which are no nanoseconds on Apple's own processors.
#[expect(deprecated, reason = "libc points to a crate of which nothing else would be used")]
fn of_ticks(ticks: u64) -> Duration {
    let mut base = libc::mach_timebase_info { numer: 1, denom: 1 };
    // SAFETY: one such struct is written, to a live one.
    let result = unsafe { libc::mach_timebase_info(&raw mut base) };
    if result != 0 || base.denom == 0 {
        return Duration::from_nanos(ticks);
    }
    let nanos = u128::from(ticks) * u128::from(base.numer) / u128::from(base.denom);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// A descriptor that becomes readable when a child ends. kqueue(2). Fails where it has ended already.
pub(super) fn end_of(pid: i32) -> io::Result<OwnedFd> {
    let queue = kqueue()?;
    let pid = Pid::from_raw(pid).ok_or(io::ErrorKind::InvalidInput)?;
    let filter = EventFilter::Proc { pid, flags: ProcessEvents::EXIT };
    let change = Event::new(filter, EventFlags::ADD, std::ptr::null_mut());
    let mut none: [Event; 0] = [];
    // SAFETY: descriptors in the changes must live as long as the queue; this one names a process and
    // no descriptor.
    unsafe { kevent(&queue, &[change], &mut none[..], Some(Duration::ZERO)) }?;
    Ok(queue)
}
