//! The cell's side of a launch: this process gives up everything, step by step.
//!
//! Type-checked only: unproven until it has run on a Mac.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::super::unix::{GATEWAY_FD, STATUS_FD, is_cell, raw};
use super::lines::Channel;
use super::wire::{Orders, Word};
use super::{native, readback, seatbelt};
use crate::{EnterError, Line, Protection, Role, State};

/// Turns this process into a cell.
///
/// Must be the first thing that the program does: no thread, no open descriptor of its own.
///
/// # Errors
/// [`EnterError`]; the process must end then.
pub fn enter() -> Result<Role, EnterError> {
    if !is_cell() {
        return Err(EnterError::NotLaunched);
    }
    // Each number is taken once: `enter` is called once, first, and closes what it took on error.
    let gateway = raw::inherited(GATEWAY_FD).map_err(|_| EnterError::NotLaunched)?;
    let status = raw::inherited(STATUS_FD).map_err(|_| EnterError::NotLaunched)?;
    let mut channel = Channel::new(UnixStream::from(status));
    let orders: Orders = hear(&mut channel)?;
    let mut report = Report { channel, optional: orders.optional.clone(), lines: Vec::new() };
    let session = rustix::process::setsid().map(drop).map_err(io::Error::from);
    if let Some(profile) = &orders.profile {
        confine(&orders, profile, session, &mut report)?;
    }
    report.flush()?;
    report.say(&Word::Sealed)?;
    match orders.native {
        None => Ok(Role::Engine(gateway)),
        Some(native) => Ok(Role::Over(become_program(&native, gateway, report)?)),
    }
}

fn hear<T: serde::de::DeserializeOwned>(channel: &mut Channel) -> Result<T, EnterError> {
    let heard = channel.hear().map_err(EnterError::Channel)?;
    heard.ok_or_else(|| EnterError::Channel(io::ErrorKind::UnexpectedEof.into()))
}

/// The order of confinement. Each step says what it needs from the ones before.
fn confine(
    orders: &Orders,
    profile: &str,
    session: io::Result<()>,
    report: &mut Report,
) -> Result<(), EnterError> {
    use Protection as P;
    // Closed by the system as the program was executed: what is open now beside its own is a mistake.
    let descriptors = readback::only_known_descriptors(own_number());
    report.step(P::Descriptors, descriptors, "0 to 2 captured, 3 the gateway")?;
    report.step(P::Environment, no_environment(), "empty since it was started")?;
    report.step(P::Session, session.map_err(told), "own session, no terminal")?;
    // Before the profile, for no other reason than that a mistake here is then told in full.
    report.step(
        P::Rlimits,
        limit_resources(orders).map_err(told),
        "core, file size, descriptors, processes, locked memory",
    )?;
    // The wall itself: there is no doing without it, whatever was named as optional.
    seatbelt::apply(profile).map_err(|why| report.fail(P::Seatbelt, &why))?;
    raw::settle_time_zone();
    if !seatbelt::is_confined(own_number()) {
        return Err(report.fail(P::Seatbelt, "the system says that it is not confined"));
    }
    report.line(P::Seatbelt, "own profile: everything is denied but what it names");
    report.line(P::Processes, "one: its profile lets it start no other");
    Ok(())
}

/// Ends in the program, or says why not.
fn become_program(
    native: &crate::Native,
    gateway: OwnedFd,
    mut report: Report,
) -> Result<u8, EnterError> {
    let super::wire::Go = hear(&mut report.channel)?;
    let error = native::become_program(native, gateway);
    report.say(&Word::NotExecuted(error.raw_os_error().unwrap_or(libc::EINVAL)))?;
    Ok(127)
}

fn own_number() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

fn no_environment() -> Result<(), String> {
    match std::env::vars_os().next() {
        None => Ok(()),
        Some((name, _)) => Err(format!("{} is set", name.display())),
    }
}

fn limit_resources(orders: &Orders) -> io::Result<()> {
    let limits = &orders.limits;
    let set = |resource, most: u64| {
        // What the host itself was given less of stays so: nobody here may raise it.
        let most = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    set(Resource::Core, 0)?;
    // An engine has no file to write to.
    set(Resource::Fsize, orders.native.as_ref().map_or(0, |native| native.scratch))?;
    set(Resource::Nofile, u64::from(limits.open_files))?;
    // Of all processes of the user, so that one more is always too many.
    set(Resource::Nproc, 0)?;
    set(Resource::Memlock, 0)?;
    Ok(())
}

fn told(error: io::Error) -> String {
    error.to_string()
}

/// Tells the host how each protection stands, and stops when a required one does not.
struct Report {
    channel: Channel,
    optional: Vec<Protection>,
    /// Said with the next word.
    lines: Vec<Line>,
}

impl Report {
    fn step(
        &mut self,
        protection: Protection,
        outcome: Result<(), String>,
        detail: &str,
    ) -> Result<(), EnterError> {
        match outcome {
            Ok(()) => self.line(protection, detail),
            Err(reason) if self.optional.contains(&protection) => {
                self.lines.push(Line { protection, state: State::Degraded, detail: reason });
            }
            Err(reason) => return Err(self.fail(protection, &reason)),
        }
        Ok(())
    }

    fn line(&mut self, protection: Protection, detail: &str) {
        self.lines.push(Line { protection, state: State::Enforced, detail: detail.to_owned() });
    }

    fn fail(&mut self, protection: Protection, reason: &str) -> EnterError {
        let word = Word::Failed { protection, reason: reason.to_owned() };
        match self.flush().and_then(|()| self.say(&word)) {
            Ok(()) => EnterError::Protection { protection, reason: reason.to_owned() },
            Err(error) => error,
        }
    }

    fn flush(&mut self) -> Result<(), EnterError> {
        let lines = std::mem::take(&mut self.lines);
        if lines.is_empty() { Ok(()) } else { self.say(&Word::Lines(lines)) }
    }

    fn say(&mut self, word: &Word) -> Result<(), EnterError> {
        self.channel.say(word).map_err(EnterError::Channel)
    }
}
