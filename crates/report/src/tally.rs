//! What a record adds up to.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::{
    AuditState, CellRecord, ExitKind, FindingRecord, Layer, OutcomeKind, ProtectionState,
    RunRecord, Rung, Sample, Verdict, Violation,
};

/// From this many percent on a finding is taken for more than a hint.
pub(crate) const SURE: u8 = 80;

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
    /// What is only counted included.
    pub(crate) denied: u64,
    /// Refusals that are only counted.
    pub(crate) more_denied: u64,
    /// Requests to destinations that are not told one by one.
    pub(crate) other_destinations: u64,
    pub(crate) limited: u64,
    pub(crate) violations: u64,
    pub(crate) changes: u64,
    pub(crate) grants: u64,
    pub(crate) grants_unused: u64,
    pub(crate) protections: u64,
    pub(crate) enforced: u64,
    pub(crate) findings: u64,
    /// Findings that are [`SURE`].
    pub(crate) sure: u64,
    pub(crate) steps: u64,
    /// The highest place on the ladder that any cell was at.
    pub(crate) rung: Rung,
}

impl Tally {
    pub(crate) fn of(record: &RunRecord) -> Tally {
        let mut tally = Tally::default();
        record.cells.iter().for_each(|cell| tally.add(cell));
        tally
    }

    pub(crate) fn of_cell(cell: &CellRecord) -> Tally {
        let mut tally = Tally::default();
        tally.add(cell);
        tally
    }

    fn add(&mut self, cell: &CellRecord) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        self.cells += 1;
        self.cells_done += u64::from(cell.exit.kind == ExitKind::Done);
        for violation in &cell.violations {
            let sum = match violation.verdict {
                Verdict::Denied => &mut self.denied,
                Verdict::Limited => &mut self.limited,
                Verdict::Violation => &mut self.violations,
            };
            *sum = sum.saturating_add(violation.count);
        }
        self.denied = self.denied.saturating_add(cell.more_denied);
        self.more_denied = self.more_denied.saturating_add(cell.more_denied);
        self.other_destinations = self.other_destinations.saturating_add(cell.other_destinations);
        self.changes += number(cell.changes.len());
        self.grants += number(cell.grants.len());
        self.grants_unused += number(cell.grants.iter().filter(|grant| grant.used == 0).count());
        self.protections += number(cell.posture.len());
        self.findings += number(cell.findings.len());
        self.sure += number(cell.findings.iter().filter(|each| each.sure >= SURE).count());
        self.steps += number(cell.ladder.len());
        self.rung = self.rung.max(highest(cell));
        let is_enforced = |state| state == ProtectionState::Enforced;
        self.enforced += number(cell.posture.iter().filter(|each| is_enforced(each.state)).count());
    }

    /// How often anything was refused or stopped.
    pub(crate) fn refused(&self) -> u64 {
        self.violations.saturating_add(self.denied).saturating_add(self.limited)
    }

    pub(crate) fn is_fully_protected(&self) -> bool {
        self.enforced == self.protections
    }
}

/// The highest place on the ladder that a cell was at.
pub(crate) fn highest(cell: &CellRecord) -> Rung {
    cell.ladder.iter().map(|step| step.to).max().unwrap_or_default()
}

/// The worst that can be said of the run.
pub(crate) fn tone(record: &RunRecord, tally: &Tally) -> Tone {
    let audit = record.audit.as_ref().and_then(|audit| audit.verified.as_ref());
    let audit = audit.map_or(Tone::Plain, |check| check.state.tone());
    let when = |is: bool, tone: Tone| if is { tone } else { Tone::Plain };
    [
        record.outcome.kind.tone(),
        audit,
        when(!tally.is_fully_protected(), Tone::Warn),
        when(tally.denied > 0 || tally.limited > 0 || tally.sure > 0, Tone::Warn),
        tally.rung.tone().max(Tone::Plain),
        when(record.unsafe_mode || tally.violations > 0, Tone::Bad),
    ]
    .into_iter()
    .max()
    .unwrap_or(Tone::Plain)
}

/// How soon after another a sample tells nothing of its own. The last one is taken when the process has
/// ended, as good as never a whole step after the one before.
pub(crate) const SOON_MS: u64 = 20;

/// The samples between which rates are told: where one follows soon, the earlier one is left out, since
/// what was used within a millisecond or two is no rate.
pub(crate) fn steps(samples: &[Sample]) -> Vec<Sample> {
    let mut steps: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples {
        match steps.last_mut() {
            Some(last) if sample.t_ms.saturating_sub(last.t_ms) < SOON_MS => *last = *sample,
            _ => steps.push(*sample),
        }
    }
    steps
}

/// The places of the cells by their numbers: of the first, where a record has more than one.
pub(crate) fn places(record: &RunRecord) -> HashMap<u32, usize> {
    let mut places = HashMap::new();
    for (at, cell) in record.cells.iter().enumerate() {
        places.entry(cell.id).or_insert(at);
    }
    places
}

/// Something on record about a cell.
#[derive(Debug)]
pub(crate) struct Entry<'a, T> {
    /// The cell's place in the record, which is its own even where two cells claim one number.
    pub(crate) at: usize,
    pub(crate) cell: &'a CellRecord,
    pub(crate) what: &'a T,
}

/// All that the cells have of one kind, in order.
pub(crate) fn entries<'a, T: 'a>(
    record: &'a RunRecord,
    of: impl Fn(&'a CellRecord) -> &'a [T],
) -> Vec<Entry<'a, T>> {
    let each = |(at, cell): (usize, &'a CellRecord)| {
        of(cell).iter().map(move |what| Entry { at, cell, what })
    };
    record.cells.iter().enumerate().flat_map(each).collect()
}

/// Every violation, the worst first, then the most frequent; otherwise in order.
pub(crate) fn worst_first(record: &RunRecord) -> Vec<Entry<'_, Violation>> {
    let mut all = entries(record, |cell| &cell.violations);
    all.sort_by_key(|entry| Reverse((entry.what.verdict, entry.what.count)));
    all
}

/// Every finding, the surest first; otherwise in order.
pub(crate) fn surest_first(record: &RunRecord) -> Vec<Entry<'_, FindingRecord>> {
    let mut all = entries(record, |cell| &cell.findings);
    all.sort_by_key(|entry| Reverse(entry.what.sure));
    all
}

/// Where to look first: the place of the cell of which the worst is on record, if of any something
/// is.
pub(crate) fn worst(record: &RunRecord) -> Option<usize> {
    let weights = record.cells.iter().map(weight).enumerate();
    let heaviest = weights.max_by_key(|(at, weight)| (*weight, Reverse(*at)));
    heaviest.filter(|(_, weight)| *weight > Weight::default()).map(|(at, _)| at)
}

/// Offences, place on the ladder, a bad end, sure findings, limits, refusals: in this order.
type Weight = (u64, Rung, bool, u8, u64, u64);

fn weight(cell: &CellRecord) -> Weight {
    let sum = |verdict| {
        let counts = cell.violations.iter().filter(|each| each.verdict == verdict);
        counts.fold(0u64, |sum, each| sum.saturating_add(each.count.max(1)))
    };
    let sure = cell.findings.iter().map(|finding| finding.sure).max().unwrap_or(0);
    (
        sum(Verdict::Violation),
        highest(cell),
        cell.exit.kind.tone() == Tone::Bad,
        sure,
        sum(Verdict::Limited),
        sum(Verdict::Denied).saturating_add(cell.more_denied),
    )
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
            AuditState::WasValid => Tone::Plain,
            AuditState::Unclean => Tone::Warn,
            AuditState::Broken | AuditState::Unreadable => Tone::Bad,
        }
    }
}

impl Rung {
    pub(crate) fn tone(self) -> Tone {
        match self {
            Rung::Observe | Rung::Notify => Tone::Plain,
            Rung::Throttle | Rung::Narrow => Tone::Warn,
            Rung::Freeze | Rung::Kill => Tone::Bad,
        }
    }
}

impl FindingRecord {
    pub(crate) fn tone(&self) -> Tone {
        match (self.layer, self.sure) {
            (Layer::Rule, SURE..) => Tone::Bad,
            (_, SURE..) => Tone::Warn,
            _ => Tone::Plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_cell_is_that_of_the_worst_deed() {
        let violations =
            |verdict, count| vec![Violation { verdict, count, ..Violation::default() }];
        let cell = |violations| CellRecord { violations, ..CellRecord::default() };
        let calm = RunRecord { cells: vec![CellRecord::default(); 3], ..RunRecord::default() };
        assert_eq!(worst(&calm), None);
        let often = cell(violations(Verdict::Denied, u64::MAX));
        let once = cell(violations(Verdict::Violation, 1));
        let cells = vec![often.clone(), once.clone(), once, often];
        assert_eq!(worst(&RunRecord { cells, ..RunRecord::default() }), Some(1));
    }
}
