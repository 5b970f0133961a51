//! The side that tries: in a cell, or outside of one.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _, Write as _};

use aether_container::{Gateway, Role, enter};

use crate::attempts::named;

/// What began the arguments of one that is outside.
pub(crate) const OUTSIDE: &str = "--outside";

/// What came of an act.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    /// By the system, with this error.
    Refused(i32),
    /// Anything else proves nothing.
    Unclear(String),
}

impl Outcome {
    fn of(name: &str, means: &str) -> Self {
        let Some(attempt) = named(name) else { return Self::Unclear(format!("what is {name}?")) };
        match (attempt.act)(means) {
            Ok(()) => Self::Done,
            Err(error) => {
                error.raw_os_error().map_or_else(|| Self::Unclear(error.to_string()), Self::Refused)
            }
        }
    }

    /// What was told.
    pub(crate) fn told(text: &str) -> Self {
        match text.split_once(' ') {
            None if text == "done" => Self::Done,
            Some(("refused", code)) => {
                code.parse().map_or_else(|_| Self::Unclear(text.to_owned()), Self::Refused)
            }
            _ => Self::Unclear(text.to_owned()),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => out.write_str("done"),
            Self::Refused(code) => write!(out, "refused {code}"),
            Self::Unclear(why) => write!(out, "unclear: {why}"),
        }
    }
}

/// Tries what the arguments say, in a process that nothing holds.
pub(crate) fn outside() -> Option<Outcome> {
    let all: Vec<String> = std::env::args().skip(1).collect();
    match all.as_slice() {
        [mark, name, means] if mark == OUTSIDE => Some(Outcome::of(name, means)),
        _ => None,
    }
}

/// Tries what each line says, and tells.
pub(crate) fn main() -> i32 {
    let Ok(Role::Engine(Gateway { mut incoming, mut outgoing })) = enter() else { return 90 };
    while let Ok(line) = hear(&mut incoming) {
        let (name, means) = line.split_once(' ').unwrap_or((&line, ""));
        if say(&mut outgoing, &Outcome::of(name, means)).is_err() {
            break;
        }
    }
    0
}

/// One line: in pieces, each after its kind and its length.
fn hear(incoming: &mut File) -> io::Result<String> {
    let mut line = Vec::new();
    while !line.ends_with(b"\n") {
        let mut head = [0; 5];
        incoming.read_exact(&mut head)?;
        let [_, length @ ..] = head;
        let begin = line.len();
        line.resize(begin + u32::from_le_bytes(length) as usize, 0);
        incoming.read_exact(&mut line[begin..])?;
    }
    let line = String::from_utf8(line).map_err(|_| io::ErrorKind::InvalidData)?;
    Ok(line.trim_end().to_owned())
}

fn say(outgoing: &mut File, outcome: &Outcome) -> io::Result<()> {
    let line = format!("{outcome}\n");
    let length = u32::try_from(line.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    outgoing.write_all(&[&[0], &length.to_le_bytes()[..], line.as_bytes()].concat())
}
