//! Native programs where no namespace can be had: on the host's own tree, with Landlock alone
//! between it and the program.
//!
//! There is no root to build, so nothing is shown that is not where it lies ([`place`]), and nothing
//! is laid over what may be read: the one place that can be written is a folder of the cell's own
//! ([`folder`]). Landlock denies every other file ([`rules`]), and what Landlock does not know of the
//! filter refuses ([`denied`]): changes to whom a file belongs and what it may, sockets, queues and
//! segments of the host, and steering its other processes.
//!
//! No process namespace ends with its first process. The init stands in for the kernel: orphans are
//! given to it, it stops and ends everything below it, and is there until the kernel says that
//! nothing is left. It does so when its program has ended, when its host asks, and when its host is
//! gone.

mod denied;
mod folder;
mod place;
mod rules;

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::Mode;
use rustix::process::{Signal, set_child_subreaper, set_parent_process_death_signal};

use super::super::confine::Report;
use super::super::wire::{Orders, Word};
use super::super::{raw, tree};
use super::{child, life};
use crate::{EnterError, Native, Protection as P};

pub(super) use denied::{lists, says_how_signals_are_held};
pub(in super::super) use folder::PrivateFolder;
pub(in super::super) use place::in_place;
pub(super) use rules::apply;

/// What the host ends a cell with that has an init of this kind, instead of `SIGKILL`: it takes
/// everything along.
pub(in super::super) const END: Signal = Signal::TERM;

/// What stands in for each namespace, in the order of the others.
///
/// # Errors
/// [`EnterError`] where one of them was not named as optional.
pub(super) fn unshared(report: &Report) -> Result<(), EnterError> {
    let lines: [(P, &str); 5] = [
        (P::Userns, "not available; the host's own user, without any right to gain one"),
        (P::Pidns, says_how_signals_are_held(raw::landlock_abi())),
        (P::Ipcns, "the host's; seccomp refuses queues, segments and semaphores"),
        (P::Utsns, "the host's; the machine's name can be read"),
        (P::Cgroupns, "the host's; Landlock denies the files that tell of it"),
    ];
    lines.into_iter().try_for_each(|(protection, detail)| report.degraded(protection, detail))
}

/// From the descriptors to the end of the program; the result is this process's exit code.
///
/// # Errors
/// [`EnterError`] when the program was never started; the process must end then.
pub(super) fn live(
    orders: &Orders,
    native: &Native,
    own: &Path,
    (bounded, umask): (bool, Mode),
    report: &Report,
    gateway: OwnedFd,
) -> Result<u8, EnterError> {
    report.degraded(P::Root, "the host's own tree, Landlock alone denies what was not granted")?;
    report.degraded(
        P::Writes,
        &format!(
            "no layers: a private folder on disk and nothing else, {} MB for each file, all of it \
             measured by the host",
            native.scratch >> 20
        ),
    )?;
    report.degraded(
        P::Netns,
        "the host's; seccomp refuses every socket but connected pairs, and Landlock TCP",
    )?;
    report
        .degraded(P::Init, "no namespace ends with it: it stops and ends all that is below it")?;
    let fail = |error: rustix::io::Errno| report.fail(P::Init, &error.to_string());
    set_child_subreaper(Some(rustix::process::getpid())).map_err(fail)?;
    report.flush()?;
    let (alive, started) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| EnterError::Channel(error.into()))?;
    let forked = raw::fork().map_err(|error| report.fail(P::Init, &error.to_string()))?;
    let Some(program) = forked else {
        drop(alive);
        // Until it waits for its last go nobody but its parent would end it.
        set_parent_process_death_signal(Some(Signal::KILL)).map_err(fail)?;
        // Ends in the program, or with a word on why not.
        return child::become_program(orders, native, (bounded, umask), report, gateway, started);
    };
    drop((started, gateway));
    let signals = raw::signals_by_descriptor(&[libc::SIGCHLD, END.as_raw()])
        .map_err(|error| report.fail(P::Init, &error.to_string()))?;
    life::give_up(bounded, report)?;
    // Not at once, when the host dies: first the rest.
    set_parent_process_death_signal(Some(END)).map_err(fail)?;
    if let Some(errno) = life::why_not_executed(&alive) {
        report.word(&Word::NotExecuted(errno), None)?;
        return Ok(life::NOT_EXECUTED);
    }
    // A host that is gone hears nothing; what it started is ended all the same.
    let mut end = match report.word(&Word::Executed, None) {
        Ok(()) => wait(program, &signals, report),
        Err(_) => None,
    };
    tree::end_all(|pid, status| {
        if pid == program {
            end.get_or_insert(status);
        }
    });
    folder::remove(own);
    Ok(life::tell_end(end.unwrap_or(libc::SIGKILL), report))
}

/// Processes and threads of this user beside the two of the cell: they count for the same limit.
/// Those that this process does not see are missing, and the program may then make fewer.
pub(super) fn others() -> u64 {
    let own = rustix::process::getuid().as_raw();
    let threads = |entry: std::fs::DirEntry| {
        entry.file_name().to_str()?.parse::<u32>().ok()?;
        let status = std::fs::read_to_string(entry.path().join("status")).ok()?;
        let first = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_ascii_whitespace().next()?.parse::<u32>().ok()
        };
        (first("Uid:") == Some(own)).then(|| first("Threads:").unwrap_or(1))
    };
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(threads);
    all.map(u64::from).sum::<u64>().saturating_sub(2)
}

/// Until the program has ended, with its status; `None` when it is to be ended.
fn wait(program: i32, signals: &OwnedFd, report: &Report) -> Option<i32> {
    loop {
        loop {
            match raw::reap_any(false) {
                Ok(Some((pid, status))) if pid == program => return Some(status),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                // No child is left, and the program was none of those that were waited for.
                Err(_) => return None,
            }
        }
        let mut fds = [
            PollFd::new(signals, PollFlags::IN),
            // The host says nothing more: this is its end.
            PollFd::from_borrowed_fd(report.channel(), PollFlags::IN),
        ];
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
        if !fds[1].revents().is_empty() || asks_to_end(signals) {
            return None;
        }
    }
}

/// Whether among the signals that have come is the host's; takes them all.
fn asks_to_end(signals: &OwnedFd) -> bool {
    let mut asked = false;
    let mut one = [0u8; size_of::<libc::signalfd_siginfo>()];
    while matches!(rustix::io::read(signals.as_fd(), &mut one), Ok(count) if count == one.len()) {
        // `ssi_signo` comes first; signalfd(2).
        asked |= one[..4] == END.as_raw().to_ne_bytes();
    }
    asked
}
