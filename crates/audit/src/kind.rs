//! The closed words of a record: what happened, and how it was judged.

use serde::{Deserialize, Serialize};

/// What a record is about. Closed: a reader that meets another word refuses the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The first record of a run.
    RunStart,
    /// The last record of a run.
    RunEnd,
    /// The first record of every file of a log but the first. Only the log itself writes it.
    SegmentStart,
    /// The last record of a file of a log that goes on in the next. Only the log itself writes it.
    SegmentEnd,
    /// A bundle was read and hashed.
    Load,
    /// A manifest, policy or bundle was checked before anything ran.
    Check,
    /// A permission was granted, or was not, out of request, policy and consent.
    Grant,
    /// A person was asked and answered, or a remembered answer was used.
    Consent,
    /// A cell is about to be launched, could not be, or was started: by action and verdict.
    Start,
    /// One protection a cell got, or did not get.
    Posture,
    /// The host called a method of a plugin.
    Call,
    /// That call ended.
    CallEnd,
    /// A token for an operation beyond the grant was issued, used, refused or taken back.
    Token,
    /// A plugin used the host's API: files, environment, key-value store, time, …
    HostCall,
    /// A plugin asked for something it has no grant for. Asking is no offence in itself.
    Denied,
    /// A plugin did what no honest one does: a forbidden system call, a broken protocol.
    Violation,
    /// A native program made a system call that is kept on record: it executed a program, it
    /// connected, it opened a file. Whether the call was carried out is not known.
    #[serde(rename = "syscall", alias = "system-call")]
    SystemCall,
    /// The monitor noticed something, with its evidence.
    Finding,
    /// The monitor answered: it slowed, narrowed, froze or ended a cell, or took that back.
    Ladder,
    /// The host went from one tier of memory or load to another.
    Pressure,
    /// A limit was reached.
    Limit,
    /// Log lines or other output of a plugin were dropped because there were too many.
    LogDrop,
    /// A cell ended.
    Exit,
    /// What a run would change on the host was listed.
    Changeset,
    /// Changes were applied to the host, or dropped.
    Apply,
    /// A protection was switched off on purpose.
    Unsafe,
}

impl Kind {
    /// All of them, in the order in which they are described.
    pub const ALL: [Kind; 26] = [
        Kind::RunStart,
        Kind::RunEnd,
        Kind::SegmentStart,
        Kind::SegmentEnd,
        Kind::Load,
        Kind::Check,
        Kind::Grant,
        Kind::Consent,
        Kind::Start,
        Kind::Posture,
        Kind::Call,
        Kind::CallEnd,
        Kind::Token,
        Kind::HostCall,
        Kind::Denied,
        Kind::Violation,
        Kind::SystemCall,
        Kind::Finding,
        Kind::Ladder,
        Kind::Pressure,
        Kind::Limit,
        Kind::LogDrop,
        Kind::Exit,
        Kind::Changeset,
        Kind::Apply,
        Kind::Unsafe,
    ];

    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::RunStart => "run-start",
            Kind::RunEnd => "run-end",
            Kind::SegmentStart => "segment-start",
            Kind::SegmentEnd => "segment-end",
            Kind::Load => "load",
            Kind::Check => "check",
            Kind::Grant => "grant",
            Kind::Consent => "consent",
            Kind::Start => "start",
            Kind::Posture => "posture",
            Kind::Call => "call",
            Kind::CallEnd => "call-end",
            Kind::Token => "token",
            Kind::HostCall => "host-call",
            Kind::Denied => "denied",
            Kind::Violation => "violation",
            Kind::SystemCall => "syscall",
            Kind::Finding => "finding",
            Kind::Ladder => "ladder",
            Kind::Pressure => "pressure",
            Kind::Limit => "limit",
            Kind::LogDrop => "log-drop",
            Kind::Exit => "exit",
            Kind::Changeset => "changeset",
            Kind::Apply => "apply",
            Kind::Unsafe => "unsafe",
        }
    }

    /// The kind of that word. (Older logs say `system-call`; their lines are read all the same.)
    pub fn parse(word: &str) -> Option<Kind> {
        Some(match word {
            "run-start" => Kind::RunStart,
            "run-end" => Kind::RunEnd,
            "segment-start" => Kind::SegmentStart,
            "segment-end" => Kind::SegmentEnd,
            "load" => Kind::Load,
            "check" => Kind::Check,
            "grant" => Kind::Grant,
            "consent" => Kind::Consent,
            "start" => Kind::Start,
            "posture" => Kind::Posture,
            "call" => Kind::Call,
            "call-end" => Kind::CallEnd,
            "token" => Kind::Token,
            "host-call" => Kind::HostCall,
            "denied" => Kind::Denied,
            "violation" => Kind::Violation,
            "syscall" => Kind::SystemCall,
            "finding" => Kind::Finding,
            "ladder" => Kind::Ladder,
            "pressure" => Kind::Pressure,
            "limit" => Kind::Limit,
            "log-drop" => Kind::LogDrop,
            "exit" => Kind::Exit,
            "changeset" => Kind::Changeset,
            "apply" => Kind::Apply,
            "unsafe" => Kind::Unsafe,
            _ => return None,
        })
    }

    /// Whether only the log itself writes records of this kind: the ends and beginnings of runs
    /// and segments, by which it is verified.
    pub(crate) fn is_reserved(self) -> bool {
        matches!(self, Kind::RunStart | Kind::RunEnd | Kind::SegmentStart | Kind::SegmentEnd)
    }

    /// Whether a record of this kind is handed to the operating system before the call that wrote
    /// it returns. True for what the host does rarely and at its own pace; false for what a plugin
    /// can cause as often as it likes.
    pub fn is_written_through(self) -> bool {
        !matches!(
            self,
            Kind::Call
                | Kind::CallEnd
                | Kind::HostCall
                | Kind::Denied
                | Kind::Violation
                | Kind::SystemCall
                | Kind::Finding
                | Kind::SegmentStart
                | Kind::SegmentEnd
                | Kind::Limit
                | Kind::LogDrop
        )
    }
}

/// How an operation was judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It was within the grant and was done.
    Allowed,
    /// It was outside the grant and was not done.
    Denied,
    /// A limit stopped it.
    Limited,
    /// It was an offence.
    Violation,
    /// Nothing was decided; it is on record.
    Noted,
    /// It was within the grant and did not succeed.
    Failed,
}

impl Verdict {
    /// Every verdict, in the order of the totals in `run-end`.
    pub const ALL: [Verdict; 6] = [
        Verdict::Allowed,
        Verdict::Denied,
        Verdict::Limited,
        Verdict::Violation,
        Verdict::Noted,
        Verdict::Failed,
    ];

    /// The word as it stands in a record.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Allowed => "allowed",
            Verdict::Denied => "denied",
            Verdict::Limited => "limited",
            Verdict::Violation => "violation",
            Verdict::Noted => "noted",
            Verdict::Failed => "failed",
        }
    }

    /// The verdict of that word.
    pub fn parse(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_in_the_log_are_those_of_the_code() {
        for kind in Kind::ALL {
            let word = serde_json::to_string(&kind).unwrap();
            assert_eq!(word, format!("\"{}\"", kind.as_str()));
            assert_eq!(serde_json::from_str::<Kind>(&word).unwrap(), kind);
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
        for verdict in Verdict::ALL {
            let word = serde_json::to_string(&verdict).unwrap();
            assert_eq!(word, format!("\"{}\"", verdict.as_str()));
            assert_eq!(Verdict::parse(verdict.as_str()), Some(verdict));
        }
        assert_eq!(serde_json::from_str::<Kind>("\"system-call\"").unwrap(), Kind::SystemCall);
        assert_eq!(Kind::parse("Start"), None);
    }

    #[test]
    fn what_a_plugin_can_cause_at_will_waits_and_the_rest_does_not() {
        assert!(!Kind::Finding.is_written_through());
        assert!(Kind::Ladder.is_written_through());
        assert!(Kind::Pressure.is_written_through());
    }
}
