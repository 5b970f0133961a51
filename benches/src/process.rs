//! Whole processes and what they cost.

use std::io;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

/// What something cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// Processor time, of user and system together.
    pub(crate) cpu: Duration,
}

/// Runs a program to its end, its output read by nobody.
pub(crate) fn run(command: &mut Command) -> io::Result<Cost> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let before = children_cpu()?;
    let began = Instant::now();
    let status = command.status()?;
    let wall = began.elapsed();
    if !status.success() {
        let program = command.get_program().display().to_string();
        return Err(io::Error::other(format!("{program} ended with {status}")));
    }
    Ok(Cost { wall, cpu: children_cpu()?.saturating_sub(before) })
}

/// Processor time of this process so far.
pub(crate) fn own_cpu() -> io::Result<Duration> {
    cpu(UsageWho::RUSAGE_SELF)
}

/// Processor time of every process that was waited for, and of those that they waited for.
pub(crate) fn children_cpu() -> io::Result<Duration> {
    cpu(UsageWho::RUSAGE_CHILDREN)
}

fn cpu(who: UsageWho) -> io::Result<Duration> {
    let usage = getrusage(who)?;
    let micros =
        usage.user_time().num_microseconds().saturating_add(usage.system_time().num_microseconds());
    Ok(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
}
