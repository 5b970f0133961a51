//! The child of the init: confines itself like an engine cell, then becomes the program.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use rustix::fs::Mode;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::super::super::unix;
use super::super::confine::{Report, become_user, drop_capabilities};
use super::super::notify::Fate;
use super::super::spawn::LONGEST_BUSY;
use super::super::wire::{Orders, Word};
use super::super::{bpf, raw};
use super::life::c_texts;
use super::mounts::c_path;
use super::noted::traps;
use super::{bare, rules};
use crate::{Door, EnterError, Native, Protection as P, State};

/// Private writable memory beyond the memory limit that a process has before it does anything: its
/// own data and stack. As for engine cells.
const DATA_SLACK: u64 = 8 << 20;

/// How much longer a file may be than everything that may be written. A hole takes no room, so that
/// only this bounds it; what is really written meets the full file system first, and programs know
/// what to do about that. Beyond this they would be ended.
const FILE_SLACK: u64 = 1 << 20;

/// Processes and threads beyond their limit that `RLIMIT_NPROC` leaves where a control group holds
/// it: that one counts how often it was met, which it is only if it is met first.
///
/// Since Linux 5.14 the kernel counts for this limit the processes and threads of one user in one
/// user namespace, and in those around it against the limits under which they were made. A cell is
/// all that there is of its user in its namespace, so the limit holds for it alone, even where all
/// cells are the host's own user outside. A root host's cells without a user namespace are users of
/// their own. Before 5.14 all processes of the user outside were counted, with or without a
/// namespace: an ordinary user's cell may then make fewer, never more.
const PROCESS_SLACK: u64 = 8;

/// The order of confinement of a native program, behind the root and the namespaces, which its init
/// has made. Then the program; this comes back only to say why not.
///
/// # Errors
/// [`EnterError`]; the host was told, or is gone.
pub(super) fn become_program(
    orders: &Orders,
    native: &Native,
    (bounded, umask): (bool, Mode),
    report: &Report,
    gateway: OwnedFd,
    started: OwnedFd,
) -> Result<u8, EnterError> {
    let bare = orders.in_place.is_some();
    rustix::process::umask(umask);
    // Signals to its group must not reach the init's.
    rustix::process::setsid().map_err(|error| report.fail(P::Session, &error.to_string()))?;
    // Kept open until the program is executed.
    let kept = open_door(native.door, gateway)
        .map_err(|error| report.fail(P::Descriptors, &error.to_string()))?;
    rustix::process::chdir(&native.folder)
        .map_err(|error| report.fail(P::Root, &format!("{}: {error}", native.folder.display())))?;
    // Counted while it can be: it stands in files that Landlock is about to deny.
    let others = if bare { bare::others() } else { 0 };
    match &orders.in_place {
        None => report.step_with(P::Landlock, rules::apply(native))?,
        // The wall itself: there is no doing without it.
        Some(own) => {
            let how = bare::apply(native, own).map_err(|why| report.fail(P::Landlock, &why))?;
            report.line(P::Landlock, State::Enforced, &how)?;
        }
    }
    report.step(
        P::Rlimits,
        raw::schedule_ordinarily().and_then(|()| limit_resources(orders, native, others)),
        "core, data, file size, processes, locked memory",
    )?;
    report.step(
        P::NoNewPrivileges,
        rustix::thread::set_no_new_privs(true).map_err(Into::into),
        "set",
    )?;
    if let Some(id) = orders.identity {
        report.step(P::Capabilities, become_user(id), "")?;
    }
    report.step_with(P::Capabilities, drop_capabilities(bounded))?;
    report.line(P::NonDumpable, State::Enforced, "the init; no process of the cell may trace")?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| report.fail(P::NonDumpable, &error.to_string()))?;
    let lists = traps(native, bare);
    let filter = |refuse| {
        // Where nobody can be told, a noted call just goes on.
        let told = refuse == libc::SECCOMP_RET_USER_NOTIF;
        let note = if told { refuse } else { libc::SECCOMP_RET_ALLOW };
        bpf::assemble_traps(&lists, bpf::Words { refuse, note })
    };
    let count = |fate| lists.iter().copied().flatten().filter(|trap| trap.fate == fate).count();
    let denied = count(Fate::Refuse) + count(Fate::Absent) + count(Fate::Unsupported);
    let detail = format!("deny-list of {denied} calls; {} noted", count(Fate::Note));
    let listener = report.seal(&filter, raw::Whom::Thread, &detail)?;
    let number = listener.as_ref().map(AsRawFd::as_raw_fd);
    report.word(&Word::Holds(number), None)?;
    report.wait_for_go()?;
    // The host has taken it. Whoever holds it could let calls through.
    drop(listener);
    let error = execute(native);
    drop(kept);
    let errno = error.raw_os_error().unwrap_or(libc::EINVAL);
    // The init reads it; if it is gone, so is everything.
    let _gone = rustix::io::write(&started, &errno.to_le_bytes());
    Ok(127)
}

fn open_door(door: Door, gateway: OwnedFd) -> io::Result<Option<OwnedFd>> {
    match door {
        Door::Open => {
            fcntl_setfd(&gateway, FdFlags::empty())?;
            Ok(Some(gateway))
        }
        Door::Closed => Ok(None),
    }
}

/// `others` are the user's processes and threads beside the cell's, where its own do not count alone.
fn limit_resources(orders: &Orders, native: &Native, others: u64) -> io::Result<()> {
    let limits = &orders.limits;
    let set = |resource, most: u64| {
        // What the host itself was given less of stays so: nobody here may raise it.
        let most = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    set(Resource::Core, 0)?;
    // For each process; of all together a control group counts, or the host.
    if !limits.raisable {
        set(Resource::Data, limits.memory.saturating_add(DATA_SLACK))?;
    }
    // On the host's own tree no file system says that it is full.
    let slack = if orders.in_place.is_some() { 0 } else { FILE_SLACK };
    set(Resource::Fsize, native.scratch.saturating_add(slack))?;
    set(Resource::Nofile, u64::from(limits.open_files))?;
    set(Resource::Memlock, 64 << 10)?;
    set(Resource::Msgqueue, 0)?;
    set(Resource::Sigpending, 1024)?;
    set(Resource::Nice, 0)?;
    set(Resource::Rtprio, 0)?;
    // The init is one of them.
    let beside = if orders.processes_counted { PROCESS_SLACK } else { 0 };
    set(Resource::Nproc, others + u64::from(native.processes) + 1 + beside)?;
    Ok(())
}

fn execute(native: &Native) -> io::Error {
    let made = || -> io::Result<_> {
        let path = c_path(&native.program)?;
        let arguments = c_texts(native.command.iter())?;
        let pairs: Vec<std::ffi::OsString> = native
            .environment
            .iter()
            .map(|(name, value)| {
                let mut pair = name.clone();
                pair.push("=");
                pair.push(value);
                pair
            })
            .collect();
        Ok((path, arguments, c_texts(pairs.iter())?))
    };
    match made() {
        Ok((path, arguments, environment)) => {
            let mut pause = Duration::from_millis(1);
            loop {
                let error = unix::raw::execute(&path, &arguments, &environment);
                if error.raw_os_error() != Some(libc::ETXTBSY) || pause > LONGEST_BUSY {
                    return error;
                }
                std::thread::sleep(pause);
                // Each try is told.
                pause *= 2;
            }
        }
        Err(error) => error,
    }
}
