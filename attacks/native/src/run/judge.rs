//! What came of a program, by its own words and by the machine's state; and the verdict.

use serde_json::Value;

use crate::parts::FLOOD;
use crate::probe::{Expect, Judged, Kind};

/// How a started program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Code(i32),
    Signal(i32),
    /// It was ended by the judge.
    Late,
}

/// What was seen of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It won; what.
    Bit(String),
    /// It was refused, by its own words.
    Missed { kind: Kind, errno: Option<i32>, detail: String },
    /// It lived and ended without saying what came of it.
    Silent(End),
    /// It said nothing at all.
    NeverAlive { end: End, words: String },
}

/// The machine's state after a program, as far as attacks aim at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Processes of it that are left.
    pub(super) processes: Vec<String>,
    /// Files of the scene that differ, but for the contents of the granted folder.
    pub(super) files: Vec<String>,
    /// Everything that differs in the granted folder.
    pub(super) granted: Vec<String>,
    /// Mounts, names and settings of the machine that differ.
    pub(super) machine: Vec<String>,
    /// Whether a shared segment with the scene's key is left.
    pub(super) segment: bool,
    /// Bytes of output that arrived.
    pub(super) output: u64,
}

/// What was seen of a program in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observed {
    pub(super) seen: Seen,
    /// What it did to the machine without saying so.
    pub(super) left: Vec<String>,
}

/// Reads a program's output: a line that says it lives, and at last one that says what came of it.
pub(super) fn hear(name: &str, output: &str, end: End) -> Seen {
    let value = |line: &str| serde_json::from_str::<Value>(line.trim()).ok();
    let mut lines = output.lines();
    if !lines.by_ref().any(|line| value(line).is_some_and(|value| value["alive"] == true)) {
        let words = output.lines().last().unwrap_or_default().chars().take(200).collect();
        return Seen::NeverAlive { end, words };
    }
    let words = lines.rev().filter_map(value).find(|value| value["name"] == name);
    let Some(words) = words else { return Seen::Silent(end) };
    let detail = words["detail"].as_str().unwrap_or_default().to_owned();
    let kind = match words["outcome"].as_str() {
        Some("bites") => return Seen::Bit(detail),
        Some("denied") => Kind::Denied,
        Some("absent") => Kind::Absent,
        Some("limited") => Kind::Limited,
        _ => Kind::Inconclusive,
    };
    let errno = words["errno"].as_i64().and_then(|errno| i32::try_from(errno).ok());
    Seen::Missed { kind, errno, detail }
}

/// Corrects a program's words by the facts: harm to the machine is judged by the machine.
pub(super) fn observe(judged: Judged, told: Seen, facts: &Facts) -> Observed {
    let gone =
        |what: &str| Seen::Missed { kind: Kind::Absent, errno: None, detail: what.to_owned() };
    let seen = match (judged, told) {
        (Judged::Process, Seen::Bit(_)) => match facts.processes.first() {
            Some(process) => Seen::Bit(format!("a process is left: {process}")),
            None => gone("nothing of it is left"),
        },
        (Judged::Files, Seen::Bit(_)) => match facts.files.iter().chain(&facts.granted).next() {
            Some(file) => Seen::Bit(format!("changed {file}")),
            None => gone("the machine's file is as it was"),
        },
        (Judged::Segment, Seen::Bit(_)) if !facts.segment => gone("no segment is left"),
        // The last line may be what was cut off.
        (Judged::Output, Seen::Bit(_) | Seen::Silent(_)) if facts.output < FLOOD => {
            let detail = format!("{} bytes arrived", facts.output);
            Seen::Missed { kind: Kind::Limited, errno: None, detail }
        }
        (Judged::Output, Seen::Silent(_)) => Seen::Bit("all of it arrived".to_owned()),
        (_, told) => told,
    };
    let mut left: Vec<String> = facts.machine.clone();
    // What a program has said that it would do is not counted twice.
    if judged != Judged::Process {
        left.extend(facts.processes.iter().map(|process| format!("process {process}")));
    }
    if judged != Judged::Files {
        left.extend(facts.files.iter().map(|file| format!("file {file}")));
    }
    Observed { seen, left }
}

/// What is said of a program in a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It bit outside and was refused inside.
    Held(String),
    /// It won inside, whatever came of it outside.
    Hole(String),
    /// It cannot bite on this machine, or for this user; why.
    NotApplicable(String),
    /// Nothing is proven, which is a failure.
    Inconclusive(String),
    /// It may win; that it did is only told.
    Told(String),
}

impl Verdict {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Held(_) => "held",
            Self::Hole(_) => "HOLE",
            Self::NotApplicable(_) => "n/a",
            Self::Inconclusive(_) => "inconclusive",
            Self::Told(_) => "allowed",
        }
    }

    pub(super) fn detail(&self) -> &str {
        match self {
            Self::Held(detail)
            | Self::Hole(detail)
            | Self::NotApplicable(detail)
            | Self::Inconclusive(detail)
            | Self::Told(detail) => detail,
        }
    }
}

/// What a program did without a sandbox.
pub(super) fn outside(observed: &Observed) -> Verdict {
    match &observed.seen {
        Seen::Bit(won) => Verdict::Held(won.clone()),
        Seen::Missed { kind: Kind::Inconclusive, detail, errno } => {
            Verdict::Inconclusive(with_errno(detail, *errno))
        }
        Seen::Missed { detail, errno, .. } => Verdict::NotApplicable(with_errno(detail, *errno)),
        Seen::Silent(end) => Verdict::Inconclusive(format!("it died: {end:?}")),
        Seen::NeverAlive { end, words } => {
            Verdict::Inconclusive(format!("it never lived: {end:?}, {words:?}"))
        }
    }
}

/// The verdict on a program in a sandbox. A refusal counts only where the same program bit outside
/// and lived inside.
pub(super) fn judge(expect: Expect, bare: &Observed, inside: &Observed) -> Verdict {
    if let Seen::Bit(won) = &inside.seen {
        let won = won.clone();
        return if expect == Expect::Report { Verdict::Told(won) } else { Verdict::Hole(won) };
    }
    if !inside.left.is_empty() {
        return Verdict::Hole(format!("left: {}", inside.left.join("; ")));
    }
    // Not even a program that lives is a proof, where it cannot bite.
    match outside(bare) {
        Verdict::Held(_) => {}
        Verdict::Inconclusive(why) => return Verdict::Inconclusive(format!("outside: {why}")),
        other => return other,
    }
    match &inside.seen {
        Seen::Missed { kind: Kind::Denied | Kind::Absent, errno, detail } => {
            Verdict::Held(with_errno(detail, *errno))
        }
        Seen::Missed { kind: Kind::Limited, errno, detail } if expect == Expect::Limited => {
            Verdict::Held(with_errno(detail, *errno))
        }
        Seen::Missed { errno, detail, .. } => Verdict::Inconclusive(with_errno(detail, *errno)),
        Seen::Silent(end) if is_filter(*end) => Verdict::Held("ended by a filter".to_owned()),
        Seen::Silent(End::Late) => Verdict::Inconclusive("it did not end in time".to_owned()),
        Seen::Silent(end) if expect == Expect::Limited && *end != End::Code(0) => {
            Verdict::Held(format!("ended by a limit: {end:?}"))
        }
        Seen::Silent(end) => Verdict::Inconclusive(format!("it died: {end:?}")),
        Seen::NeverAlive { end, words } => {
            Verdict::Inconclusive(format!("it never lived: {end:?}, {words:?}"))
        }
        Seen::Bit(_) => unreachable!("a win is a hole"),
    }
}

/// `SIGSYS`, also as launchers pass it on.
fn is_filter(end: End) -> bool {
    matches!(end, End::Signal(libc::SIGSYS)) || end == End::Code(128 + libc::SIGSYS)
}

fn with_errno(detail: &str, errno: Option<i32>) -> String {
    errno.map_or_else(|| detail.to_owned(), |errno| format!("{detail} ({errno})"))
}

#[cfg(test)]
mod tests;
