//! System calls that no safe crate offers, each behind a safe function.
#![allow(
    unsafe_code,
    reason = "the fence: raw system calls of confinement live here and in spawn.rs"
)]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

/// Turns a system call's result into `io::Result`.
fn check(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

/// close_range(2): closes every descriptor from `first` on.
///
/// Used before the process has opened anything of its own, so that no owned value is closed
/// behind its back.
pub(super) fn close_from(first: u32) -> io::Result<()> {
    // SAFETY: close_range takes integers only and touches no memory. The caller owns no
    // descriptor at or above `first` (stated above).
    check(unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, 0) }).map(drop)
}

/// unshare(2) with `CLONE_NEWCGROUP`.
pub(super) fn leave_cgroup_namespace() -> io::Result<()> {
    // SAFETY: of unshare's flags only CLONE_FILES changes what this process's own descriptors
    // mean, and it is not set; the call takes no pointer.
    check(unsafe { libc::unshare(libc::CLONE_NEWCGROUP) }.into()).map(drop)
}

/// sched_setscheduler(2) for this thread: the ordinary policy, whatever its host runs under; or the
/// idle one, which has less of the processors, and which only the privileged leave.
pub(super) fn schedule_ordinarily() -> io::Result<()> {
    let parameters = libc::sched_param { sched_priority: 0 };
    // SAFETY: the kernel reads one `sched_param` from a live variable; 0 names the caller.
    let set = unsafe { libc::sched_setscheduler(0, libc::SCHED_OTHER, &raw const parameters) };
    match check(set.into()) {
        Err(error) if error.raw_os_error() == Some(libc::EPERM) && is_idle() => Ok(()),
        done => done.map(drop),
    }
}

/// Whether this thread runs when nobody else does. sched(7).
fn is_idle() -> bool {
    // SAFETY: sched_getscheduler(2) takes an integer only; 0 names the caller.
    let policy = unsafe { libc::sched_getscheduler(0) };
    policy & !libc::SCHED_RESET_ON_FORK == libc::SCHED_IDLE
}

/// keyctl(2) `KEYCTL_JOIN_SESSION_KEYRING` with no name: a new, empty session key ring.
pub(super) fn join_new_session_keyring() -> io::Result<()> {
    const KEYCTL_JOIN_SESSION_KEYRING: libc::c_int = 1;
    // SAFETY: a null name is allowed ("anonymous session keyring", keyctl_join_session_keyring(3))
    // and no other pointer is passed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_keyctl,
            KEYCTL_JOIN_SESSION_KEYRING,
            std::ptr::null::<libc::c_char>(),
        )
    };
    check(result).map(drop)
}

/// prctl(2) `PR_SET_MDWE` with `PR_MDWE_REFUSE_EXEC_GAIN`, Linux 6.3.
pub(super) fn refuse_exec_gain() -> io::Result<()> {
    const PR_SET_MDWE: libc::c_int = 65;
    const PR_MDWE_REFUSE_EXEC_GAIN: libc::c_ulong = 1;
    // SAFETY: this prctl takes integers only; the unused ones must be zero.
    check(unsafe { libc::prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) }.into()).map(drop)
}

/// The Landlock ABI of the kernel, 0 when there is none. landlock_create_ruleset(2).
pub(super) fn landlock_abi() -> u32 {
    const LANDLOCK_CREATE_RULESET_VERSION: libc::c_uint = 1;
    // SAFETY: with the VERSION flag the attribute pointer must be null and the size zero; nothing
    // is read or written.
    let result = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0usize,
            LANDLOCK_CREATE_RULESET_VERSION,
        )
    };
    u32::try_from(result).unwrap_or(0)
}

/// For whom a filter is installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    /// This thread.
    Thread,
    /// Every thread of the process.
    All,
}

/// Says that the time zone is UTC, to libraries that look for its name before they read files of the
/// machine's.
pub(super) fn name_time_zone() {
    // SAFETY: setting a variable wants that no other thread reads or writes one meanwhile: there is
    // none yet.
    unsafe { std::env::set_var("TZ", "UTC") };
}

/// mallopt(3): every thread allocates from one heap. One of its own, which the C library would give a
/// second thread, asks for files of `/proc` when it shrinks.
pub(super) fn share_one_heap() -> io::Result<()> {
    #[cfg(target_env = "gnu")]
    // SAFETY: mallopt takes two numbers and sets one of the allocator's own; no other thread is there.
    if unsafe { libc::mallopt(libc::M_ARENA_MAX, 1) } != 1 {
        return Err(io::ErrorKind::Unsupported.into());
    }
    Ok(())
}

/// seccomp(2): installs a filter. With `listener` the returned descriptor tells of calls for which the
/// filter says `SECCOMP_RET_USER_NOTIF`.
pub(super) fn install_filter(
    program: &[libc::sock_filter],
    listener: bool,
    whom: Whom,
) -> io::Result<Option<OwnedFd>> {
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = libc::sock_fprog { len: length, filter: program.as_ptr().cast_mut() };
    let install = |flags: libc::c_ulong| {
        // SAFETY: the kernel reads `len` instructions from `filter`, both taken from one live
        // slice, and copies them; it writes nothing through the pointer.
        let result = unsafe {
            libc::syscall(
                libc::SYS_seccomp,
                libc::SECCOMP_SET_MODE_FILTER,
                flags,
                &raw const program,
            )
        };
        check(result)
    };
    let result = if listener {
        // Errors are told as such: the result is a descriptor already. Linux 5.7.
        let whom = match whom {
            Whom::Thread => 0,
            Whom::All => libc::SECCOMP_FILTER_FLAG_TSYNC | libc::SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
        };
        // A call that the host has taken is interrupted by nothing but death. Kernels before 5.19
        // do not know that; any other error is one of its own.
        let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER | whom;
        match install(flags | libc::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
            Err(error) if error.raw_os_error() == Some(libc::EINVAL) => install(flags)?,
            other => other?,
        }
    } else {
        install(match whom {
            Whom::Thread => 0,
            Whom::All => libc::SECCOMP_FILTER_FLAG_TSYNC,
        })?
    };
    // The number of a thread that could not have it.
    if !listener && result > 0 {
        return Err(io::Error::other(format!("thread {result} cannot have the filter")));
    }
    if !listener {
        return Ok(None);
    }
    let number = RawFd::try_from(result).map_err(|_| io::ErrorKind::InvalidData)?;
    // SAFETY: with NEW_LISTENER a non-negative result is a new descriptor that only we know.
    Ok(Some(unsafe { OwnedFd::from_raw_fd(number) }))
}

/// Whether the kernel knows a seccomp action. seccomp(2) `SECCOMP_GET_ACTION_AVAIL`.
pub(super) fn filter_action_is_known(action: u32) -> bool {
    const SECCOMP_GET_ACTION_AVAIL: libc::c_uint = 2;
    // SAFETY: the kernel reads one u32 from a live variable.
    let result =
        unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &raw const action) };
    result == 0
}

/// A system call that waits for its answer at a listener.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notification {
    pub(super) id: u64,
    /// The thread that made it, as this process sees it.
    pub(super) thread: i32,
    pub(super) number: i32,
    pub(super) arguments: [u64; 6],
}

/// seccomp_unotify(2): the next waiting call. `ENOENT` when the caller died meanwhile.
pub(super) fn receive_notification(listener: BorrowedFd<'_>) -> io::Result<Notification> {
    // SAFETY: all-zero is a valid value of this plain struct of integers, and the kernel demands
    // zeroes.
    let mut notification: libc::seccomp_notif = unsafe { std::mem::zeroed() };
    // SAFETY: the request writes one `seccomp_notif` through the pointer, which is live and of
    // that type.
    let result = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_RECV as _,
            &raw mut notification,
        )
    };
    check(result.into())?;
    Ok(Notification {
        id: notification.id,
        thread: i32::try_from(notification.pid).unwrap_or(0),
        number: notification.data.nr,
        arguments: notification.data.args,
    })
}

/// seccomp_unotify(2): answers a waiting call with an error. `ENOENT` when the caller is gone.
///
/// An answer without an error would be a success that did not happen, so `EPERM` stands for what is
/// not an error number.
pub(super) fn refuse_notification(listener: BorrowedFd<'_>, id: u64, errno: i32) -> io::Result<()> {
    let errno = if (1..=4095).contains(&errno) { errno } else { libc::EPERM };
    answer(listener, libc::seccomp_notif_resp { id, val: 0, error: -errno, flags: 0 })
}

/// seccomp_unotify(2): lets a waiting call go on, with whatever its memory holds by then.
pub(super) fn continue_notification(listener: BorrowedFd<'_>, id: u64) -> io::Result<()> {
    let flags = libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE as u32;
    answer(listener, libc::seccomp_notif_resp { id, val: 0, error: 0, flags })
}

fn answer(listener: BorrowedFd<'_>, answer: libc::seccomp_notif_resp) -> io::Result<()> {
    // SAFETY: the request reads one `seccomp_notif_resp` through the pointer, which is live and of
    // that type.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND as _, &raw const answer)
    };
    check(result.into()).map(drop)
}

/// seccomp_unotify(2): whether a call still waits. While it does, its thread's number is its own.
pub(super) fn notification_waits(listener: BorrowedFd<'_>, id: u64) -> bool {
    // SAFETY: the request reads one u64 through the pointer, which is live.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID as _, &raw const id)
    };
    result == 0
}

/// seccomp_unotify(2): puts a copy of a descriptor into the caller and answers its call with the
/// new number, in one step. Linux 5.14.
pub(super) fn give_descriptor(
    listener: BorrowedFd<'_>,
    id: u64,
    descriptor: BorrowedFd<'_>,
    close_on_exec: bool,
) -> io::Result<()> {
    let request = libc::seccomp_notif_addfd {
        id,
        flags: libc::SECCOMP_ADDFD_FLAG_SEND as u32,
        srcfd: u32::try_from(descriptor.as_raw_fd()).map_err(io::Error::other)?,
        newfd: 0,
        newfd_flags: if close_on_exec { libc::O_CLOEXEC as u32 } else { 0 },
    };
    // SAFETY: the request reads one `seccomp_notif_addfd` through the pointer, which is live and of
    // that type; the descriptor is open for as long as it is borrowed.
    let result = unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ADDFD as _, &raw const request)
    };
    check(result.into()).map(drop)
}

/// Wakes the host on the processor of the caller, and the caller on that of the host: they take
/// turns anyway, and waking another processor takes longer than the turn. Linux 6.6; elsewhere it
/// changes nothing.
pub(super) fn take_turns(listener: BorrowedFd<'_>) {
    const SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP: libc::c_ulong = 1;
    // SAFETY: the request takes its flags by value and touches no memory.
    let _unknown = unsafe {
        libc::ioctl(
            listener.as_raw_fd(),
            libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS as _,
            SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP,
        )
    };
}

/// process_vm_readv(2): copies what stands in another process's memory, as far as it can be read
/// from its start, page by page. Gives the number of bytes.
pub(super) fn read_memory(thread: i32, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
    /// No page is smaller; a piece that lies within one is copied whole or not at all.
    const PIECE: u64 = 4096;
    let mut pieces = Vec::with_capacity(buffer.len() / PIECE as usize + 2);
    let (mut at, mut left) = (address, buffer.len());
    while left > 0 {
        let length = left.min((PIECE - at % PIECE) as usize);
        pieces.push(libc::iovec { iov_base: at as usize as *mut libc::c_void, iov_len: length });
        left -= length;
        // The end of the address space: nothing more is there.
        let Some(next) = at.checked_add(length as u64) else { break };
        at = next;
    }
    let own = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    let count = libc::c_ulong::try_from(pieces.len()).map_err(io::Error::other)?;
    // SAFETY: the kernel writes to our memory only through `own`, which is the live buffer with its
    // length, and reads the lists, which are live. The other list's pointers are looked up in the
    // other process; ones that are not mapped there give EFAULT or a shorter count.
    let result =
        unsafe { libc::process_vm_readv(thread, &raw const own, 1, pieces.as_ptr(), count, 0) };
    check(result as libc::c_long).map(|count| usize::try_from(count).unwrap_or(0))
}

/// Processor time of a process and of all of its threads, clock_getcpuclockid(3). To the nanosecond,
/// and far quicker to read than `/proc/PID/stat`.
pub(super) fn cpu_time(pid: i32) -> Option<Duration> {
    let mut clock: libc::clockid_t = 0;
    // SAFETY: the call writes one clock identifier into memory of ours that is large enough.
    if unsafe { libc::clock_getcpuclockid(pid, &raw mut clock) } != 0 {
        return None;
    }
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes one timespec into memory of ours that is large enough.
    if unsafe { libc::clock_gettime(clock, &raw mut time) } != 0 {
        return None;
    }
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

/// Clock ticks per second of `/proc/PID/stat`, sysconf(3).
pub(super) fn clock_ticks() -> u64 {
    // SAFETY: sysconf takes an integer and touches no memory of ours.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100).max(1)
}

/// Size of a memory page in bytes, sysconf(3).
pub(super) fn page_bytes() -> u64 {
    // SAFETY: sysconf takes an integer and touches no memory of ours.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096).max(1)
}

/// Processors that are there and switched on, sysconf(3).
pub(super) fn processors() -> u32 {
    // SAFETY: sysconf takes an integer and touches no memory of ours.
    u32::try_from(unsafe { libc::sysconf(libc::_SC_NPROCESSORS_ONLN) }).unwrap_or(1).max(1)
}

/// Whether two processes are known to share their memory, as after vfork(2). kcmp(2).
pub(super) fn share_memory(one: i32, other: i32) -> bool {
    const KCMP_VM: libc::c_int = 1;
    // SAFETY: kcmp takes integers only; the two last are unused for this type.
    let result = unsafe { libc::syscall(libc::SYS_kcmp, one, other, KCMP_VM, 0, 0) };
    result == 0
}

/// mount_setattr(2): shows what belongs to a user of the file system as belonging to the user that
/// a user namespace maps that number to. Linux 5.12; not every file system can.
pub(super) fn mount_as_mapped(mount: BorrowedFd<'_>, userns: BorrowedFd<'_>) -> io::Result<()> {
    const MOUNT_ATTR_IDMAP: u64 = 0x0010_0000;
    let number = u64::try_from(userns.as_raw_fd()).map_err(io::Error::other)?;
    set_mount_attributes(mount, MOUNT_ATTR_IDMAP, number)
}

/// mount_setattr(2): adds `MOUNT_ATTR_*` flags to a mount and everything below it. Linux 5.12.
pub(super) fn mount_setattr(mount: BorrowedFd<'_>, set: u64) -> io::Result<()> {
    set_mount_attributes(mount, set, 0)
}

fn set_mount_attributes(mount: BorrowedFd<'_>, set: u64, userns: u64) -> io::Result<()> {
    /// `struct mount_attr` of the manual page.
    #[repr(C)]
    struct MountAttr {
        set: u64,
        clear: u64,
        propagation: u64,
        userns: u64,
    }
    let attributes = MountAttr { set, clear: 0, propagation: 0, userns };
    // SAFETY: the path is an empty C string, as AT_EMPTY_PATH wants it; the kernel reads as many
    // bytes as we say from a live struct of that size, and writes nothing.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            libc::AT_EMPTY_PATH | libc::AT_RECURSIVE,
            &raw const attributes,
            size_of::<MountAttr>(),
        )
    };
    check(result).map(drop)
}

/// fork(2), for a process that has one thread: the copy may do whatever its original may.
///
/// Called by the init of a native cell only, which starts no thread.
pub(super) fn fork() -> io::Result<Option<i32>> {
    // SAFETY: after fork a copy of a process with several threads may only make async-signal-safe
    // calls. This process has one: it was executed for this and never starts another (above).
    let pid = check(unsafe { libc::fork() }.into())?;
    Ok((pid != 0).then_some(pid as i32))
}

/// Brings up the loopback interface of this network namespace. netdevice(7).
pub(super) fn loopback_up(socket: BorrowedFd<'_>) -> io::Result<()> {
    // SAFETY: all-zero is a valid value of this plain struct and its union of plain members.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
    // SAFETY: SIOCSIFFLAGS reads one `ifreq` through the pointer, which is live and of that type.
    let result =
        unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw const request) };
    check(result.into()).map(drop)
}

/// wait4(2) for any child, without ever waiting when `block` is false: its number and status, and
/// the processor time of all that were waited for so far. `None` when none has ended.
pub(super) fn reap_any(block: bool) -> io::Result<Option<(i32, i32)>> {
    let mut status = 0;
    let flags = if block { 0 } else { libc::WNOHANG };
    // SAFETY: the pointer is live and of the type that waitpid writes.
    let pid = check(unsafe { libc::waitpid(-1, &raw mut status, flags) }.into())?;
    Ok((pid != 0).then_some((pid as i32, status)))
}

/// signalfd(2): blocks these signals in this thread and gives a descriptor that tells of them, which
/// a read does not wait for. What the thread makes from here on has them blocked too.
pub(super) fn signals_by_descriptor(signals: &[libc::c_int]) -> io::Result<OwnedFd> {
    // SAFETY: all-zero is a valid value of this plain set of bits; sigemptyset and sigaddset change
    // nothing but the live set.
    let set = unsafe {
        let mut set: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for &signal in signals {
            libc::sigaddset(&raw mut set, signal);
        }
        set
    };
    // SAFETY: the set is live and read only; the pointer to the old one may be null.
    let result =
        unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
    check(result.into())?;
    // SAFETY: -1 asks for a new descriptor; the set is live and read only.
    let number =
        unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
    let number = check(number.into())? as RawFd;
    // SAFETY: a new descriptor that only we know.
    Ok(unsafe { OwnedFd::from_raw_fd(number) })
}
