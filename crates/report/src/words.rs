//! Numbers and kinds as people read them.

use crate::{
    AuditState, ChangeKind, ExitKind, Layer, NO_EXIT_CODE, Outcome, OutcomeKind, ProtectionState,
    Rung, SharedKind, Verdict,
};

/// `1,284`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 file`, `2 files`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `38.2 MB`; a kilobyte has 1024 bytes, as in a manifest.
pub(crate) fn bytes(number: u64) -> String {
    let mut unit = "B";
    let mut size = number as f64;
    for larger in ["KB", "MB", "GB", "TB"] {
        if size < 1000.0 {
            break;
        }
        size /= 1024.0;
        unit = larger;
    }
    if unit == "B" || size >= 99.95 || (size - size.round()).abs() < 0.05 {
        format!("{size:.0} {unit}")
    } else {
        format!("{size:.1} {unit}")
    }
}

/// `420 ms`, `1.24 s`, `2 min 5 s`.
pub(crate) fn millis(number: u64) -> String {
    match number {
        0..1000 => format!("{number} ms"),
        1000..10_000 => format!("{:.2} s", number as f64 / 1000.0),
        10_000..60_000 => format!("{:.1} s", number as f64 / 1000.0),
        60_000..3_600_000 => format!("{} min {} s", number / 60_000, number % 60_000 / 1000),
        _ => format!("{} h {} min", number / 3_600_000, number % 3_600_000 / 60_000),
    }
}

/// That a cell was refused more than is told one by one.
pub(crate) fn more_denied(number: u64) -> String {
    format!("{}, counted alone", counted(number, "more refusal", "more refusals"))
}

/// That a cell wanted to get to more destinations than are told one by one.
pub(crate) fn other_destinations(number: u64) -> String {
    format!("{}, counted alone", counted(number, "more request", "more requests"))
}

impl OutcomeKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            OutcomeKind::Done => "Done",
            OutcomeKind::PluginError => "A plugin returned an error",
            OutcomeKind::ProgramFailed => "The program failed",
            OutcomeKind::Unusable => "Not usable",
            OutcomeKind::Refused => "Refused before start",
            OutcomeKind::Violation => "Ended for a violation",
            OutcomeKind::Limit => "Ended for a limit",
            OutcomeKind::Integrity => "Does not verify",
            OutcomeKind::ProtectionMissing => "A required protection is missing",
            OutcomeKind::Internal => "A fault in Aether",
            OutcomeKind::Interrupted => "Interrupted",
            OutcomeKind::CutOff => "Cut off",
        }
    }
}

/// `exit code 4`, or that there is none.
pub(crate) fn exit_code(outcome: &Outcome) -> String {
    match outcome.exit_code {
        NO_EXIT_CODE => "no exit code".to_owned(),
        code => format!("exit code {code}"),
    }
}

impl ExitKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            ExitKind::Done => "done",
            ExitKind::Error => "error",
            ExitKind::Crashed => "crashed",
            ExitKind::Refused => "refused",
            ExitKind::Violation => "violation",
            ExitKind::Limit => "limit",
            ExitKind::Stopped => "stopped",
            ExitKind::NotStarted => "not started",
        }
    }
}

impl ProtectionState {
    pub(crate) fn words(self) -> &'static str {
        match self {
            ProtectionState::Enforced => "enforced",
            ProtectionState::Degraded => "degraded",
            ProtectionState::Refused => "refused",
            ProtectionState::Unavailable => "unavailable",
            ProtectionState::Off => "off",
        }
    }
}

impl Verdict {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Verdict::Denied => "denied",
            Verdict::Limited => "limited",
            Verdict::Violation => "violation",
        }
    }
}

impl AuditState {
    pub(crate) fn words(self) -> &'static str {
        match self {
            AuditState::Valid => "valid",
            AuditState::WasValid => "valid when the run ended",
            AuditState::Unclean => "unclean",
            AuditState::Broken => "broken",
            AuditState::Unreadable => "unreadable",
        }
    }
}

impl Layer {
    /// On what a finding of this layer rests.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Layer::Rule => "rule",
            Layer::Series => "figures over time",
            Layer::Behaviour => "behaviour",
        }
    }
}

impl Rung {
    /// From the lowest to the highest.
    pub(crate) const ALL: [Rung; 6] =
        [Rung::Observe, Rung::Notify, Rung::Throttle, Rung::Narrow, Rung::Freeze, Rung::Kill];

    pub(crate) fn words(self) -> &'static str {
        match self {
            Rung::Observe => "observe",
            Rung::Notify => "notify",
            Rung::Throttle => "throttle",
            Rung::Narrow => "narrow",
            Rung::Freeze => "freeze",
            Rung::Kill => "kill",
        }
    }
}

impl SharedKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            SharedKind::File => "file",
            SharedKind::Topic => "topic",
            SharedKind::Blob => "blob",
        }
    }
}

impl ChangeKind {
    pub(crate) fn words(self) -> &'static str {
        match self {
            ChangeKind::Create => "create",
            ChangeKind::Modify => "modify",
            ChangeKind::Delete => "delete",
            ChangeKind::Rename => "rename",
            ChangeKind::Mkdir => "new folder",
            ChangeKind::Symlink => "new symlink",
            ChangeKind::Permissions => "permissions",
            ChangeKind::Time => "time",
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            ChangeKind::Create | ChangeKind::Mkdir | ChangeKind::Symlink => "+",
            ChangeKind::Modify | ChangeKind::Permissions | ChangeKind::Time => "~",
            ChangeKind::Delete => "-",
            ChangeKind::Rename => ">",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1284), "1,284");
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(counted(1, "cell", "cells"), "1 cell");
    }

    #[test]
    fn sizes_have_a_unit() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1024), "1 KB");
        assert_eq!(bytes(1536), "1.5 KB");
        assert_eq!(bytes(256 << 20), "256 MB");
        assert_eq!(bytes(40_055_603), "38.2 MB");
        assert_eq!(bytes(u64::MAX), "16777216 TB");
    }

    #[test]
    fn times_have_a_unit() {
        assert_eq!(millis(999), "999 ms");
        assert_eq!(millis(1240), "1.24 s");
        assert_eq!(millis(30_000), "30.0 s");
        assert_eq!(millis(125_000), "2 min 5 s");
        assert_eq!(millis(7_260_000), "2 h 1 min");
    }
}
