//! The side that looks on.

use std::collections::BTreeSet;
use std::io;
use std::process::Command;
use std::time::{Duration, Instant};

use aether_container::{Cell, Interest, Limits, Program, Protection, Recipe, Workload, launch};
use libtest_mimic::{Arguments, Failed, Trial, run};

use crate::attempts::{ALL, ALLOWED, Attempt};
use crate::cell::{OUTSIDE, Outcome};
use crate::scene::Scene;
use crate::wine::is_wine;

/// How long a cell may take for one act.
const PATIENCE: Duration = Duration::from_secs(60);

type Tested = Result<(), Failed>;

pub(crate) fn main() {
    let held = ALL.iter().map(|attempt| Trial::test(attempt.name, || held(attempt)));
    let allowed = Trial::test(ALLOWED.name, allowed);
    run(&Arguments::from_args(), held.chain([allowed]).collect()).exit();
}

/// That the act succeeds outside, and is refused in a cell.
fn held(attempt: &Attempt) -> Tested {
    let scene = Scene::new()?;
    let means = (attempt.means)(&scene);
    let left = || attempt.trace.is_some_and(|take| take(&scene));
    let outside = outside(attempt, &means)?;
    if attempt.far && matches!(outside, Outcome::Refused(_)) {
        eprintln!("SKIPPED: needs the network, which is not here ({outside})");
        return Ok(());
    }
    check(outside == Outcome::Done, format!("outside of a cell it is {outside}"))?;
    check(left() == attempt.trace.is_some(), "outside of a cell it leaves no trace")?;
    let inside = inside(attempt, &means)?;
    let left = left();
    if is_wine() {
        check(inside == Outcome::Done, format!("in a cell that lacks everything it is {inside}"))?;
        check(left == attempt.trace.is_some(), "in a cell that lacks everything it leaves none")?;
        eprintln!("SKIPPED: needs real Windows, not run: {}", attempt.name);
        return Ok(());
    }
    let refused = matches!(inside, Outcome::Refused(code) if attempt.refusals.contains(&code));
    check(refused, format!("in the cell it is {inside}, and not {:?}", attempt.refusals))?;
    check(!left, "the cell has left a trace")
}

/// That a cell does what it may: one that did nothing at all would pass for one that is held.
fn allowed() -> Tested {
    let inside = inside(&ALLOWED, &(ALLOWED.means)(&Scene::new()?))?;
    check(inside == Outcome::Done, format!("it is {inside}"))
}

fn check(is: bool, why: impl Into<Failed>) -> Tested {
    if is { Ok(()) } else { Err(why.into()) }
}

/// By another process of the same user, which nothing holds.
fn outside(attempt: &Attempt, means: &str) -> Result<Outcome, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.args([OUTSIDE, attempt.name, means]).output()?;
    Ok(Outcome::told(String::from_utf8(output.stdout)?.trim_end()))
}

/// By a cell of its own.
fn inside(attempt: &Attempt, means: &str) -> Result<Outcome, Failed> {
    let mut cell = launch(&recipe())?;
    say(&mut cell, &format!("{} {means}\n", attempt.name))?;
    let told = hear(&mut cell).map_err(|why| match cell.try_exit() {
        Some(exit) => Failed::from(format!("{why}: {exit:?}")),
        None => Failed::from(why),
    })?;
    Ok(Outcome::told(told.trim_end()))
}

fn recipe() -> Recipe {
    let everything = || Protection::ALL.iter().copied().collect();
    Recipe {
        program: Program::Itself,
        workload: Workload::Engine,
        limits: Limits {
            memory: Scene::MEMORY,
            cpu_millis: 1000,
            open_files: 16,
            addresses: false,
            raisable: false,
        },
        optional: if is_wine() { everything() } else { BTreeSet::new() },
        code: aether_container::Code::None,
        aside: false,
        confine: true,
    }
}

fn say(cell: &mut Cell, line: &str) -> io::Result<()> {
    let (mut rest, until) = (line.as_bytes(), Instant::now() + PATIENCE);
    while !rest.is_empty() && Instant::now() < until {
        match cell.send(rest, &[]) {
            Ok(sent) => rest = &rest[sent..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let interest = Interest { send: true, receive: false, ..Interest::default() };
                cell.wait(Duration::from_millis(100), interest)?;
            }
            Err(error) => return Err(error),
        }
    }
    if rest.is_empty() { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) }
}

fn hear(cell: &mut Cell) -> Result<String, String> {
    let (mut text, until) = (Vec::new(), Instant::now() + PATIENCE);
    let mut buffer = [0; 1024];
    while !text.ends_with(b"\n") {
        if Instant::now() > until {
            return Err("the cell says nothing".to_owned());
        }
        match cell.receive(&mut buffer) {
            Ok(received) if received.bytes == 0 => return Err("the cell has hung up".to_owned()),
            Ok(received) => text.extend_from_slice(&buffer[..received.bytes]),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let waited = cell.wait(Duration::from_millis(20), Interest::default());
                waited.map_err(|error| error.to_string())?;
            }
            Err(error) => return Err(error.to_string()),
        }
    }
    String::from_utf8(text).map_err(|error| error.to_string())
}
