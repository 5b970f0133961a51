//! From the host to the first instruction of the cell's program.
//!
//! `clone(2)` behaves like `fork`: the child is a copy of a process that may have had other
//! threads, so until `execveat(2)` it makes raw system calls only, on values that were prepared
//! before: no allocation, no lock, no library function that could take one.
#![allow(unsafe_code, reason = "the fence: between clone and exec nothing else is possible")]

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::{OnceLock, mpsc};
use std::time::Duration;

use super::super::unix::{ARGV0, STATUS_FD};
use super::wire::{JOINED, NOT_EXECUTED};

/// Descriptors of the parent at or above this number, so that placing the child's own (0 to 4)
/// overwrites none of them.
pub(super) const SAFE_FD: RawFd = 10;

/// What the child needs, all of it prepared before `clone`.
pub(super) struct Birth {
    /// Descriptors for 0, 1, 2, the gateway (3) and the launch channel (4); each >= [`SAFE_FD`].
    pub(super) descriptors: [OwnedFd; 5],
    /// The program; >= [`SAFE_FD`].
    pub(super) program: OwnedFd,
    /// `CLONE_NEW*` flags.
    pub(super) namespaces: libc::c_int,
    /// Whether to take on user 0 of the new user namespace before executing: needed when the host
    /// is root and maps the cell to another user.
    pub(super) take_identity: bool,
    /// A control group of version 2 to be born into, where there is one.
    pub(super) group: Option<OwnedFd>,
    /// Files by which it joins control groups of version 1; it says which of them took it.
    pub(super) doors: Vec<OwnedFd>,
    /// The host's ends of the channels, of which the copy closes its copies at once: otherwise it
    /// would keep its own channel open when its host dies.
    pub(super) not_its_own: [RawFd; 2],
}

/// A child that waits for its go byte on the launch channel.
#[derive(Debug)]
pub(super) struct Born {
    pub(super) pid: i32,
    pub(super) pidfd: OwnedFd,
    /// Whether it was born into the group.
    pub(super) in_group: bool,
}

/// Longest pause before a program is tried again that somebody has open for writing: another newborn
/// has, of a file that was just written, until it executes its own program. The first is one
/// millisecond, and each twice the one before.
pub(super) const LONGEST_BUSY: Duration = Duration::from_millis(512);

type Job = (Birth, mpsc::SyncSender<io::Result<Born>>);

/// Clones on a thread that lives as long as the host process.
///
/// The cell asks to be killed when its parent dies, and for `PR_SET_PDEATHSIG` the parent is the
/// *thread* that cloned (prctl(2)): a short-lived calling thread would take its cells with it.
pub(super) fn spawn(birth: Birth) -> io::Result<Born> {
    static LAUNCHER: OnceLock<mpsc::Sender<Job>> = OnceLock::new();
    let launcher = LAUNCHER.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        let work = move || {
            for (birth, answer) in jobs {
                // The asker may have gone; then the child is killed by dropping its pidfd's
                // channel ends, and reaped by nobody: it never got its go byte and exits itself.
                drop(answer.send(clone(birth)));
            }
        };
        // A failure to start the thread drops the receiver; `send` below then reports it.
        drop(std::thread::Builder::new().name("aether-launcher".to_owned()).spawn(work));
        sender
    });
    let (answer, result) = mpsc::sync_channel(1);
    let gone = |_| io::Error::other("the launcher thread is gone");
    launcher.send((birth, answer)).map_err(|_| io::Error::other("the launcher thread is gone"))?;
    result.recv().map_err(gone)?
}

fn clone(birth: Birth) -> io::Result<Born> {
    let argv0 = CString::new(ARGV0).map_err(io::Error::other)?;
    let mut in_group = birth.group.is_some();
    let (mut pid, mut pidfd) = match &birth.group {
        Some(group) => clone_into(birth.namespaces, group),
        None => clone_plainly(birth.namespaces),
    };
    // A kernel before 5.7, a filter that bars clone3(2), or a group that takes no process: it is
    // moved afterwards, or not at all. Were it anything else, the plain call says so again.
    if pid < 0 && in_group {
        in_group = false;
        (pid, pidfd) = clone_plainly(birth.namespaces);
    }
    if pid == 0 {
        live(&birth, &argv0);
    }
    if pid < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel stored a new descriptor that only we know.
    let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
    Ok(Born { pid: i32::try_from(pid).map_err(io::Error::other)?, pidfd, in_group })
}

/// What clone(2) returned, and the descriptor of the child. In the child itself the caller must go
/// on to [`live`].
fn clone_plainly(namespaces: libc::c_int) -> (libc::c_long, libc::c_int) {
    let mut pidfd: libc::c_int = -1;
    let flags = namespaces | libc::CLONE_PIDFD | libc::SIGCHLD;
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice like fork. With
    // CLONE_PIDFD the third argument receives the descriptor (before the child runs); it points to
    // a live c_int. The remaining arguments are unused without their flags. The only caller makes
    // the child call `live`, which never returns and keeps to async-signal-safe operations.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone,
            flags as libc::c_ulong,
            std::ptr::null::<libc::c_void>(),
            &raw mut pidfd,
            std::ptr::null::<libc::c_void>(),
            std::ptr::null::<libc::c_void>(),
        )
    };
    (pid, pidfd)
}

/// The same by clone3(2), into a control group: nothing of the child is ever outside of it.
fn clone_into(namespaces: libc::c_int, group: &OwnedFd) -> (libc::c_long, libc::c_int) {
    const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;
    /// `struct clone_args` of the manual page.
    #[repr(C)]
    #[derive(Default)]
    struct Arguments {
        flags: u64,
        pidfd: u64,
        child_tid: u64,
        parent_tid: u64,
        exit_signal: u64,
        stack: u64,
        stack_size: u64,
        tls: u64,
        set_tid: u64,
        set_tid_size: u64,
        cgroup: u64,
    }
    let mut pidfd: libc::c_int = -1;
    let arguments = Arguments {
        flags: CLONE_INTO_CGROUP | u64::from((namespaces | libc::CLONE_PIDFD) as u32),
        pidfd: (&raw mut pidfd) as u64,
        exit_signal: libc::SIGCHLD as u64,
        cgroup: group.as_raw_fd() as u64,
        ..Arguments::default()
    };
    // SAFETY: clone3(2) reads as many bytes as we say from a live struct of that size. `pidfd` in
    // it points to a live c_int, to which the descriptor is written before the child runs; the
    // pointers that are null belong to flags that are not set. For the rest see `clone_plainly`.
    let pid =
        unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<Arguments>()) };
    (pid, pidfd)
}

/// The child's life until it executes the cell's program.
fn live(birth: &Birth, argv0: &CStr) -> ! {
    let status = birth.descriptors[4].as_raw_fd();
    match prepare_and_execute(birth, argv0, status) {
        Ok(never) => match never {},
        Err(errno) => {
            let [a, b, c, d] = errno.to_le_bytes();
            let packet = [NOT_EXECUTED, a, b, c, d];
            // SAFETY: write(2) reads `packet`, a live array of the given length; _exit never
            // returns and runs no handler. The number is still ours: a failed dup3 leaves it, and
            // after a successful one the same channel is also descriptor 4.
            unsafe {
                libc::write(status, packet.as_ptr().cast(), packet.len());
                libc::_exit(127);
            }
        }
    }
}

enum Never {}

fn prepare_and_execute(birth: &Birth, argv0: &CStr, status: RawFd) -> Result<Never, i32> {
    default_signals();
    for descriptor in birth.not_its_own {
        call(libc::SYS_close, [descriptor.into(), 0, 0])?;
    }
    // Dies with its host from here on. Lost again when the identity changes; `confine` sets it anew.
    call(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG.into(), libc::SIGKILL.into(), 0])?;
    join(&birth.doors, status);
    wait_for_go(status)?;
    if birth.take_identity {
        // Raw calls: the C library's wrappers signal every thread of a process that, in this
        // copy, no longer has them.
        call(libc::SYS_setgroups, [0, 0, 0])?;
        call(libc::SYS_setresgid, [0, 0, 0])?;
        call(libc::SYS_setresuid, [0, 0, 0])?;
    }
    // A host without address randomisation (setarch -R) must not hand that on.
    call(libc::SYS_personality, [0, 0, 0])?;
    call(libc::SYS_setsid, [0, 0, 0])?;
    for (number, descriptor) in birth.descriptors.iter().enumerate() {
        call(libc::SYS_dup3, [descriptor.as_raw_fd() as libc::c_long, number as libc::c_long, 0])?;
    }
    // Everything else goes at exec, the program's own descriptor included.
    call(
        libc::SYS_close_range,
        [
            STATUS_FD as libc::c_long + 1,
            u32::MAX as libc::c_long,
            libc::CLOSE_RANGE_CLOEXEC as libc::c_long,
        ],
    )?;
    execute(birth.program.as_raw_fd(), argv0)
}

/// Default dispositions and nothing blocked: both outlive exec otherwise.
fn default_signals() {
    for signal in 1..=64 {
        // SAFETY: signal(2) with SIG_DFL is async-signal-safe (signal-safety(7)); numbers that
        // cannot be changed give an error without effect.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    let none = 0u64;
    // SAFETY: the kernel reads 8 bytes from a live u64 and, the old-set pointer being null, writes
    // nothing.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const none,
            std::ptr::null::<u64>(),
            8usize,
        );
    }
}

/// Joins the groups, and says which. cgroups(7): `0` is the process that writes.
fn join(doors: &[OwnedFd], status: RawFd) {
    let mut joined = 0u32;
    for (index, door) in doors.iter().take(32).enumerate() {
        // SAFETY: write(2) reads one byte of a live array.
        let written = unsafe { libc::write(door.as_raw_fd(), b"0".as_ptr().cast(), 1) };
        joined |= u32::from(written == 1) << index;
    }
    let [a, b, c, d] = joined.to_le_bytes();
    let packet = [JOINED, a, b, c, d];
    // SAFETY: write(2) reads `packet`, a live array of the given length. Where the host is gone, the
    // wait for it ends at once.
    unsafe { libc::write(status, packet.as_ptr().cast(), packet.len()) };
}

/// Until the parent has mapped the identity; the end of the channel means that it gave up.
fn wait_for_go(status: RawFd) -> Result<(), i32> {
    let mut byte = 0u8;
    // SAFETY: read(2) writes at most one byte to a live u8.
    let got = unsafe { libc::read(status, (&raw mut byte).cast(), 1) };
    if got == 1 { Ok(()) } else { Err(libc::ECANCELED) }
}

fn execute(program: RawFd, argv0: &CStr) -> Result<Never, i32> {
    let argv = [argv0.as_ptr(), std::ptr::null()];
    let envp: [*const libc::c_char; 1] = [std::ptr::null()];
    let mut milliseconds = 1;
    while milliseconds <= LONGEST_BUSY.as_millis() as libc::c_long {
        // SAFETY: the path is an empty C string as AT_EMPTY_PATH demands; `argv` and `envp` are
        // null-ended arrays of C strings which live until the call replaces this image.
        unsafe {
            libc::syscall(
                libc::SYS_execveat,
                program,
                c"".as_ptr(),
                argv.as_ptr(),
                envp.as_ptr(),
                libc::AT_EMPTY_PATH,
            );
        }
        if errno() != libc::ETXTBSY {
            break;
        }
        let pause = libc::timespec { tv_sec: 0, tv_nsec: milliseconds * 1_000_000 };
        milliseconds *= 2;
        // SAFETY: nanosleep(2) reads one timespec, which lives; what is left is not asked for.
        unsafe {
            libc::syscall(
                libc::SYS_nanosleep,
                &raw const pause,
                std::ptr::null_mut::<libc::timespec>(),
            )
        };
    }
    Err(errno())
}

/// A system call whose arguments are integers, or pointers that may be null with length zero.
fn call(number: libc::c_long, arguments: [libc::c_long; 3]) -> Result<(), i32> {
    // SAFETY: the callers above pass integers only; setgroups gets length 0 with a null list.
    let result = unsafe { libc::syscall(number, arguments[0], arguments[1], arguments[2]) };
    if result < 0 { Err(errno()) } else { Ok(()) }
}

fn errno() -> i32 {
    // SAFETY: the location is this thread's own and always valid.
    unsafe { *libc::__errno_location() }
}
