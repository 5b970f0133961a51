//! What a record adds up to.

use crate::{
    AuditState, CellRecord, ExitKind, OutcomeKind, ProtectionState, RunRecord, Verdict, Violation,
};

/// How good or bad something is: its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tone {
    Plain,
    Good,
    Warn,
    Bad,
}

/// Sums over every cell. Adding stops at the largest number there is.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) cells: u64,
    pub(crate) cells_done: u64,
    pub(crate) calls: u64,
    pub(crate) denied: u64,
    pub(crate) limited: u64,
    pub(crate) violations: u64,
    pub(crate) changes: u64,
    pub(crate) grants: u64,
    pub(crate) grants_unused: u64,
    pub(crate) protections: u64,
    pub(crate) enforced: u64,
}

impl Tally {
    pub(crate) fn of(record: &RunRecord) -> Tally {
        let mut tally = Tally::default();
        record.cells.iter().for_each(|cell| tally.add(cell));
        tally
    }

    fn add(&mut self, cell: &CellRecord) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.cells += 1;
        self.cells_done += u64::from(cell.exit.kind == ExitKind::Done);
        self.calls = self.calls.saturating_add(cell.resources.calls);
        for violation in &cell.violations {
            let sum = match violation.verdict {
                Verdict::Denied => &mut self.denied,
                Verdict::Limited => &mut self.limited,
                Verdict::Violation => &mut self.violations,
            };
            *sum = sum.saturating_add(violation.count);
        }
        self.changes += number(cell.changes.len());
        self.grants += number(cell.grants.len());
        self.grants_unused += number(cell.grants.iter().filter(|grant| grant.used == 0).count());
        self.protections += number(cell.posture.len());
        let is_enforced = |state| state == ProtectionState::Enforced;
        self.enforced += number(cell.posture.iter().filter(|each| is_enforced(each.state)).count());
    }

    pub(crate) fn is_fully_protected(&self) -> bool {
        self.enforced == self.protections
    }
}

/// The worst that can be said of the run.
pub(crate) fn tone(record: &RunRecord, tally: &Tally) -> Tone {
    let audit = record.audit.as_ref().and_then(|audit| audit.verified.as_ref());
    let audit = audit.map_or(Tone::Plain, |check| check.state.tone());
    let posture = if tally.is_fully_protected() { Tone::Plain } else { Tone::Warn };
    let refused = if tally.denied + tally.limited > 0 { Tone::Warn } else { Tone::Plain };
    let offence = if record.unsafe_mode || tally.violations > 0 { Tone::Bad } else { Tone::Plain };
    [record.outcome.kind.tone(), audit, posture, refused, offence]
        .into_iter()
        .max()
        .unwrap_or(Tone::Plain)
}

/// Every violation with its cell, the worst first, then the most frequent; otherwise in order.
pub(crate) fn worst_first(record: &RunRecord) -> Vec<(&CellRecord, &Violation)> {
    let mut all: Vec<_> = record
        .cells
        .iter()
        .flat_map(|cell| cell.violations.iter().map(move |violation| (cell, violation)))
        .collect();
    all.sort_by_key(|(_, violation)| std::cmp::Reverse((violation.verdict, violation.count)));
    all
}

impl OutcomeKind {
    pub(crate) fn tone(self) -> Tone {
        match self {
            OutcomeKind::Done => Tone::Good,
            OutcomeKind::PluginError
            | OutcomeKind::ProgramFailed
            | OutcomeKind::Unusable
            | OutcomeKind::Refused => Tone::Warn,
            _ => Tone::Bad,
        }
    }
}

impl ExitKind {
    pub(crate) fn tone(self) -> Tone {
        match self {
            ExitKind::Done => Tone::Good,
            ExitKind::NotStarted => Tone::Plain,
            ExitKind::Error | ExitKind::Refused | ExitKind::Stopped => Tone::Warn,
            ExitKind::Crashed | ExitKind::Violation | ExitKind::Limit => Tone::Bad,
        }
    }
}

impl ProtectionState {
    pub(crate) fn tone(self) -> Tone {
        match self {
            ProtectionState::Enforced => Tone::Good,
            ProtectionState::Degraded => Tone::Warn,
            ProtectionState::Unavailable | ProtectionState::Refused | ProtectionState::Off => {
                Tone::Bad
            }
        }
    }
}

impl Verdict {
    pub(crate) fn tone(self) -> Tone {
        match self {
            Verdict::Denied | Verdict::Limited => Tone::Warn,
            Verdict::Violation => Tone::Bad,
        }
    }
}

impl AuditState {
    pub(crate) fn tone(self) -> Tone {
        match self {
            AuditState::Valid => Tone::Good,
            AuditState::Unclean => Tone::Warn,
            AuditState::Broken | AuditState::Unreadable => Tone::Bad,
        }
    }
}
