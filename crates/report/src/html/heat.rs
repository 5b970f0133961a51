//! Samples over time made into the squares of a heat map.

use crate::tally::{SOON_MS, steps};
use crate::words::{bytes, count};
use crate::{CellRecord, Sample};

/// How many steps of time a heat map has.
pub(super) const COLUMNS: usize = 60;

/// How many shades it has beside none.
pub(super) const SHADES: u8 = 8;

/// From this share of a limit on, a square says that the limit was near.
const NEAR: f64 = 0.9;

/// What a heat map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Processor time per time, in thousandths of one core.
    Cpu,
    /// Memory, in bytes.
    Memory,
    /// Bytes read from and written to storage per second.
    Storage,
    /// Calls to the host per second.
    Calls,
    /// Bytes received and sent per second.
    Network,
    /// Refusals per second.
    Denials,
}

impl Measure {
    pub(super) const ALL: [Measure; 6] = [
        Measure::Cpu,
        Measure::Memory,
        Measure::Storage,
        Measure::Calls,
        Measure::Network,
        Measure::Denials,
    ];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Measure::Cpu => "Processor",
            Measure::Memory => "Memory",
            Measure::Storage => "Storage I/O",
            Measure::Calls => "Calls to the host",
            Measure::Network => "Network and gateway",
            Measure::Denials => "Denials",
        }
    }

    /// What is counted since the cell began; `None` for what is measured at a time.
    fn counter(self, sample: &Sample) -> Option<u64> {
        match self {
            Measure::Cpu => Some(sample.cpu_ms.saturating_mul(1000)),
            Measure::Memory => None,
            Measure::Storage => Some(sample.read.saturating_add(sample.written)),
            Measure::Calls => Some(sample.calls),
            Measure::Network => Some(sample.bytes_in.saturating_add(sample.bytes_out)),
            Measure::Denials => Some(sample.denials),
        }
    }

    /// A value with its unit.
    pub(super) fn said(self, value: f64) -> String {
        match self {
            Measure::Cpu => format!("{} of a core", self.brief(value)),
            _ => self.brief(value),
        }
    }

    /// The same where the unit has been said.
    pub(super) fn brief(self, value: f64) -> String {
        match self {
            Measure::Cpu => format!("{:.0} %", value / 10.0),
            Measure::Memory => bytes(value as u64),
            Measure::Storage | Measure::Network => format!("{}/s", bytes(value as u64)),
            Measure::Calls | Measure::Denials if value > 0.0 && value < 9.95 => {
                format!("{value:.1}/s")
            }
            Measure::Calls | Measure::Denials => format!("{}/s", count(value.round() as u64)),
        }
    }

    /// The most that a cell may have, if there is such a limit.
    pub(super) fn limit(self, cell: &CellRecord) -> Option<f64> {
        let limit = cell.resources.memory_limit;
        (self == Measure::Memory && limit > 0).then_some(limit as f64)
    }
}

/// How near to its limit a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nearness {
    Far,
    Near,
    Reached,
}

impl Nearness {
    pub(super) fn of(value: f64, limit: Option<f64>) -> Nearness {
        match limit {
            Some(limit) if value >= limit => Nearness::Reached,
            Some(limit) if value >= NEAR * limit => Nearness::Near,
            _ => Nearness::Far,
        }
    }
}

/// A stretch of equal shade: from a column, up to another one, and the largest value in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) shade: u8,
    pub(super) nearness: Nearness,
    pub(super) value: f64,
}

/// The value in each step of time, `None` where nothing was measured. A sample stands for the time
/// since the one before it: counters give the mean over that time, memory what it was at its end.
pub(super) fn values(cell: &CellRecord, measure: Measure, duration_ms: u64) -> Vec<Option<f64>> {
    let mut values = vec![None; COLUMNS];
    let all = cell.resources.samples.as_slice();
    let born = Sample { t_ms: cell.started_ms, ..Sample::default() };
    let (mut before, samples) = match all {
        _ if measure == Measure::Memory => (born, all.to_vec()),
        // What it had used by then is what it took to be made, and no rate.
        [first, rest @ ..] if is_birth(first, rest, cell) => (*first, steps(rest)),
        _ => (born, steps(all)),
    };
    for sample in &samples {
        let value = value(measure, &before, sample);
        let (first, last) = (column(before.t_ms, duration_ms), column(sample.t_ms, duration_ms));
        for slot in values.get_mut(first..=last.max(first)).unwrap_or_default() {
            *slot = Some(slot.map_or(value, |old: f64| old.max(value)));
        }
        before = *sample;
    }
    values
}

/// Whether the first of its samples was taken as it began, and others tell of its life.
fn is_birth(first: &Sample, rest: &[Sample], cell: &CellRecord) -> bool {
    !rest.is_empty() && first.t_ms.saturating_sub(cell.started_ms) < SOON_MS
}

fn value(measure: Measure, before: &Sample, sample: &Sample) -> f64 {
    let took = sample.t_ms.saturating_sub(before.t_ms).max(1) as f64;
    match (measure.counter(before), measure.counter(sample)) {
        (Some(before), Some(now)) => {
            let each_second = if measure == Measure::Cpu { 1.0 } else { 1000.0 };
            each_second * now.saturating_sub(before) as f64 / took
        }
        _ => sample.memory as f64,
    }
}

fn column(t_ms: u64, duration_ms: u64) -> usize {
    let share = t_ms as f64 / duration_ms.max(1) as f64;
    // A cast from float saturates.
    ((share * COLUMNS as f64) as usize).min(COLUMNS - 1)
}

/// The largest value of a row.
pub(super) fn largest(row: &[Option<f64>]) -> f64 {
    row.iter().flatten().copied().fold(0.0, f64::max)
}

/// Neighbours of equal shade together. `full` is the value of the darkest.
pub(super) fn stretches(values: &[Option<f64>], full: f64, limit: Option<f64>) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let (shade, nearness) = (shade(value, full), Nearness::of(value, limit));
        match out.last_mut() {
            Some(last) if last.to == at && (last.shade, last.nearness) == (shade, nearness) => {
                last.to = at + 1;
                last.value = last.value.max(value);
            }
            _ => out.push(Stretch { from: at, to: at + 1, shade, nearness, value }),
        }
    }
    out
}

pub(super) fn shade(value: f64, full: f64) -> u8 {
    if value <= 0.0 || full <= 0.0 {
        return 0;
    }
    let share = (value / full).min(1.0);
    ((share * f64::from(SHADES)).ceil() as u8).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cell(samples: &[(u64, u64, u64)]) -> CellRecord {
        let mut cell = CellRecord::default();
        let sample = |&(t_ms, memory, cpu_ms): &(u64, u64, u64)| Sample {
            t_ms,
            memory,
            cpu_ms,
            ..Sample::default()
        };
        cell.resources.samples = samples.iter().map(sample).collect();
        cell
    }

    fn stretch(from: usize, to: usize, shade: u8, value: f64) -> Stretch {
        Stretch { from, to, shade, nearness: Nearness::Far, value }
    }

    #[test]
    fn a_sample_stands_for_the_time_before_it() {
        let cell = cell(&[(300, 10, 300), (600, 20, 300)]);
        let memory = values(&cell, Measure::Memory, 600);
        let expect = [stretch(0, 30, 4, 10.0), stretch(30, 60, 8, 20.0)];
        assert_eq!(stretches(&memory, 20.0, None), expect);
        let cpu = values(&cell, Measure::Cpu, 600);
        assert_eq!(cpu[0], Some(1000.0), "one whole core");
        assert_eq!(cpu[59], Some(0.0));
    }

    #[test]
    fn what_was_used_at_the_very_end_is_no_rate() {
        // The last sample is taken when the process has ended.
        let cell = cell(&[(0, 10, 0), (100, 20, 50), (102, 20, 63)]);
        let cpu = largest(&values(&cell, Measure::Cpu, 200));
        assert!((617.0..618.0).contains(&cpu), "63 ms in 102 ms, not 13 in 2: {cpu}");
        assert_eq!(largest(&values(&cell, Measure::Memory, 200)), 20.0);
    }

    #[test]
    fn what_it_took_to_be_made_is_no_rate() {
        let cell = cell(&[(0, 10, 11), (100, 20, 61), (200, 20, 61)]);
        assert_eq!(largest(&values(&cell, Measure::Cpu, 200)), 500.0, "50 ms in 100, not 11 in 1");
        let short = [(0, 10, 3), (9, 10, 12)];
        assert_eq!(largest(&values(&super::tests::cell(&short), Measure::Cpu, 9)), 1000.0);
        let one = super::tests::cell(&[(0, 10, 11)]);
        assert!(largest(&values(&one, Measure::Cpu, 200)) > 0.0);
    }

    #[test]
    fn counters_are_told_per_second() {
        let mut cell = CellRecord::default();
        let samples = [
            Sample { t_ms: 500, calls: 10, read: 1024, denials: 1, ..Sample::default() },
            Sample { t_ms: 1000, calls: 10, read: 1024, bytes_out: 512, ..Sample::default() },
        ];
        cell.resources.samples = samples.to_vec();
        let first = |measure| values(&cell, measure, 1000)[0];
        assert_eq!(first(Measure::Calls), Some(20.0));
        assert_eq!(first(Measure::Storage), Some(2048.0));
        assert_eq!(first(Measure::Denials), Some(2.0));
        assert_eq!(values(&cell, Measure::Network, 1000)[59], Some(1024.0));
        assert_eq!(Measure::Storage.said(2048.0), "2 KB/s");
        assert_eq!(Measure::Denials.said(0.5), "0.5/s");
    }

    #[test]
    fn a_limit_is_seen() {
        let near = |value| Nearness::of(value, Some(100.0));
        assert_eq!(
            [near(89.0), near(90.0), near(100.0)],
            [Nearness::Far, Nearness::Near, Nearness::Reached]
        );
        assert_eq!(Nearness::of(f64::MAX, None), Nearness::Far);
    }

    proptest! {
        #[test]
        fn odd_samples_are_harmless(
            samples in prop::collection::vec((any::<u64>(), any::<u64>(), any::<u64>()), 0..9),
            duration: u64,
        ) {
            let cell = cell(&samples);
            for measure in Measure::ALL {
                let values = values(&cell, measure, duration);
                let most = largest(&values);
                prop_assert!(most.is_finite());
                let stretches = stretches(&values, most, measure.limit(&cell));
                prop_assert!(stretches.windows(2).all(|pair| pair[0].to <= pair[1].from));
                prop_assert!(stretches.iter().all(|each| each.from < each.to && each.to <= COLUMNS));
            }
        }
    }
}
