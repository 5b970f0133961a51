//! The first process of a native cell.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use rustix::process::{DumpableBehavior, Pid, Signal, set_dumpable_behavior};

use super::super::confine::Report;
use super::super::inlet::INLETS;
use super::super::raw;
use super::super::wire::{Gift, Orders, Word};
use super::early::{Begun, Early};
use super::{bare, child, root};
use crate::{EnterError, Native, Protection as P, State};

/// Exit code of an init whose program could not be executed; the host was told why.
pub(super) const NOT_EXECUTED: u8 = 127;

/// How long the init waits between looks at processes that the kernel is still burying.
const BURIAL: Duration = Duration::from_millis(1);

/// From the namespaces to the end of the program; the result is this process's exit code.
///
/// # Errors
/// [`EnterError`] when the program was never started; the process must end then.
pub(in super::super) fn live(
    orders: &Orders,
    native: &Native,
    early: Early,
    report: Report,
    gateway: OwnedFd,
) -> Result<u8, EnterError> {
    let Begun { loopback, root, bounded, umask } = early.tell(orders, &report)?;
    let given = receive_mounts(&report)?;
    if let Some(own) = &orders.in_place {
        return bare::live(orders, native, own, (bounded, umask), &report, gateway);
    }
    let (layers, scratch) = root::make(native, given, root, orders.identity)
        .map_err(|error| report.fail(error.protection(), &error.to_string()))?;
    report.line(P::Root, State::Enforced, &format!("{} grants, read-only", native.mounts.len()))?;
    report.line(
        P::Writes,
        State::Enforced,
        &format!("a layer of {} MB in memory", native.scratch >> 20),
    )?;
    report.word(&Word::Scratch, Some(scratch))?;
    for layer in &layers {
        report.hand_over(&Word::Layer, layer.as_fd())?;
    }
    report.step(P::Netns, loopback, "own namespace, loopback only")?;
    if let Some(port) = native.proxy {
        let listener = way_out(port).map_err(|error| report.fail(P::Netns, &error.to_string()))?;
        report.hand_over(&Word::Proxy, listener.as_fd())?;
    }
    if !native.inbound.is_empty() {
        for _ in 0..INLETS {
            let socket =
                stream_socket().map_err(|error| report.fail(P::Netns, &error.to_string()))?;
            report.hand_over(&Word::Inlet, socket.as_fd())?;
        }
    }
    report.line(P::Init, State::Enforced, "reaps, and ends everything with its program")?;
    report.flush()?;
    let (alive, started) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)
        .map_err(|error| EnterError::Channel(error.into()))?;
    let forked = raw::fork().map_err(|error| report.fail(P::Init, &error.to_string()))?;
    let Some(program) = forked else {
        drop(alive);
        // Ends in the program, or with a word on why not.
        return child::become_program(orders, native, (bounded, umask), &report, gateway, started);
    };
    drop((started, gateway, layers));
    give_up(bounded, &report)?;
    if let Some(errno) = why_not_executed(&alive) {
        report.word(&Word::NotExecuted(errno), None)?;
        return Ok(NOT_EXECUTED);
    }
    report.word(&Word::Executed, None)?;
    Ok(reap_until_end(program, &report))
}

/// What the host hands over before the root is made, until it says that this was all.
fn receive_mounts(report: &Report) -> Result<root::Given, EnterError> {
    let mut given = root::Given::new();
    loop {
        match report.receive()? {
            (Gift::Mount(number), Some(mount)) => drop(given.insert(number, mount)),
            (Gift::All, None) => return Ok(given),
            _ => return Err(EnterError::Channel(io::ErrorKind::InvalidData.into())),
        }
    }
}

/// Where the program's way out listens. The host accepts there; nobody in the cell holds it.
fn way_out(port: u16) -> io::Result<OwnedFd> {
    Ok(std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, port))?.into())
}

/// Waits until the program is executed; the error's number if it is not.
pub(super) fn why_not_executed(alive: &OwnedFd) -> Option<i32> {
    let mut errno = [0u8; 4];
    // The end of the pipe is the success of exec; four bytes are its error.
    let told = matches!(rustix::io::read(alive, &mut errno), Ok(4));
    told.then(|| i32::from_le_bytes(errno))
}

/// A socket belongs to the network that it was made in, whoever connects it: with this one the host
/// connects to a port in here, and nobody has to stay behind for it.
fn stream_socket() -> io::Result<OwnedFd> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socket_with};
    let (family, kind) = (AddressFamily::INET, SocketType::STREAM);
    Ok(socket_with(family, kind, SocketFlags::CLOEXEC, None)?)
}

/// The init holds nothing that its program could use: no output, no right.
pub(super) fn give_up(bounded: bool, report: &Report) -> Result<(), EnterError> {
    let failed = |error: rustix::io::Errno| report.fail(P::Init, &error.to_string());
    let nothing = rustix::fs::open(
        "/dev/null",
        rustix::fs::OFlags::RDWR | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .map_err(failed)?;
    rustix::stdio::dup2_stdin(&nothing).map_err(failed)?;
    rustix::stdio::dup2_stdout(&nothing).map_err(failed)?;
    rustix::stdio::dup2_stderr(&nothing).map_err(failed)?;
    rustix::thread::set_no_new_privs(true).map_err(failed)?;
    super::super::confine::drop_capabilities(bounded).map_err(|why| report.fail(P::Init, &why))?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(failed)?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(failed)
}

/// Reaps whatever ends. When the program does, everything else is ended too.
fn reap_until_end(program: i32, report: &Report) -> u8 {
    let mut end = None;
    loop {
        match raw::reap_any(end.is_none()) {
            Ok(Some((pid, status))) if pid == program => {
                end = Some(status);
                end_all();
            }
            Ok(Some(_)) => {}
            // Some are left that were ended and are not yet gone.
            Ok(None) => {
                end_all();
                std::thread::sleep(BURIAL);
            }
            Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
            // ECHILD: nothing is left.
            Err(_) => break,
        }
    }
    tell_end(end.unwrap_or(0), report)
}

/// Says how the program ended; gives the code to end with.
pub(super) fn tell_end(status: i32, report: &Report) -> u8 {
    // A host that is gone needs no word.
    drop(report.word(&Word::Ended(status), None));
    let code = if libc::WIFSIGNALED(status) {
        128 + libc::WTERMSIG(status)
    } else {
        libc::WEXITSTATUS(status)
    };
    u8::try_from(code).unwrap_or(u8::MAX)
}

/// Everything in the namespace but this process. kill(2): -1 spares the first one.
fn end_all() {
    // The group of process 1 is, to kill(2), -1. ESRCH: nothing is there.
    let _nobody = rustix::process::kill_process_group(Pid::INIT, Signal::KILL);
}

/// Texts as execve(2) takes them.
pub(super) fn c_texts<'a>(
    texts: impl Iterator<Item = &'a std::ffi::OsString>,
) -> io::Result<Vec<CString>> {
    texts.map(|text| CString::new(text.as_bytes()).map_err(io::Error::other)).collect()
}
