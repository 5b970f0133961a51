//! Samples over time made into the squares of a heat map.

use crate::{CellRecord, Sample};

/// How many steps of time a heat map has.
pub(super) const COLUMNS: usize = 60;

/// How many shades it has beside none.
pub(super) const SHADES: u8 = 8;

/// What a heat map shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Memory, in bytes.
    Memory,
    /// Processor time per time, in thousandths of one core.
    Cpu,
    /// Calls to the host per second.
    Calls,
}

/// A stretch of equal shade: from a column, up to another one, and the largest value in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Stretch {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) shade: u8,
    pub(super) value: f64,
}

/// The value in each step of time, `None` where nothing was measured. A sample stands for the time
/// since the one before it: counters give the mean over that time, memory what it was at its end.
pub(super) fn values(cell: &CellRecord, measure: Measure, duration_ms: u64) -> Vec<Option<f64>> {
    let mut values = vec![None; COLUMNS];
    let mut before = Sample { t_ms: cell.started_ms, ..Sample::default() };
    for sample in &cell.resources.samples {
        let value = value(measure, &before, sample);
        let (first, last) = (column(before.t_ms, duration_ms), column(sample.t_ms, duration_ms));
        for slot in values.get_mut(first..=last.max(first)).unwrap_or_default() {
            *slot = Some(slot.map_or(value, |old: f64| old.max(value)));
        }
        before = *sample;
    }
    values
}

fn value(measure: Measure, before: &Sample, sample: &Sample) -> f64 {
    let took = sample.t_ms.saturating_sub(before.t_ms).max(1) as f64;
    match measure {
        Measure::Memory => sample.memory as f64,
        Measure::Cpu => 1000.0 * sample.cpu_ms.saturating_sub(before.cpu_ms) as f64 / took,
        Measure::Calls => 1000.0 * sample.calls.saturating_sub(before.calls) as f64 / took,
    }
}

fn column(t_ms: u64, duration_ms: u64) -> usize {
    let share = t_ms as f64 / duration_ms.max(1) as f64;
    // A cast from float saturates.
    ((share * COLUMNS as f64) as usize).min(COLUMNS - 1)
}

/// The largest value of all, by which shades are told apart where there is no limit.
pub(super) fn largest(rows: &[Vec<Option<f64>>]) -> f64 {
    rows.iter().flatten().flatten().copied().fold(0.0, f64::max)
}

/// Neighbours of equal shade together. `full` is the value of the darkest.
pub(super) fn stretches(values: &[Option<f64>], full: f64) -> Vec<Stretch> {
    let mut out: Vec<Stretch> = Vec::new();
    for (at, value) in values.iter().enumerate() {
        let Some(value) = *value else { continue };
        let shade = shade(value, full);
        match out.last_mut() {
            Some(last) if last.to == at && last.shade == shade => {
                last.to = at + 1;
                last.value = last.value.max(value);
            }
            _ => out.push(Stretch { from: at, to: at + 1, shade, value }),
        }
    }
    out
}

fn shade(value: f64, full: f64) -> u8 {
    if value <= 0.0 || full <= 0.0 {
        return 0;
    }
    let share = (value / full).min(1.0);
    ((share * f64::from(SHADES)).ceil() as u8).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(samples: &[(u64, u64, u64)]) -> CellRecord {
        let mut cell = CellRecord::default();
        let sample =
            |&(t_ms, memory, cpu_ms): &(u64, u64, u64)| Sample { t_ms, memory, cpu_ms, calls: 0 };
        cell.resources.samples = samples.iter().map(sample).collect();
        cell
    }

    #[test]
    fn a_sample_stands_for_the_time_before_it() {
        let cell = cell(&[(300, 10, 300), (600, 20, 300)]);
        let memory = values(&cell, Measure::Memory, 600);
        assert_eq!(
            stretches(&memory, 20.0),
            [
                Stretch { from: 0, to: 30, shade: 4, value: 10.0 },
                Stretch { from: 30, to: 60, shade: 8, value: 20.0 },
            ]
        );
        let cpu = values(&cell, Measure::Cpu, 600);
        assert_eq!(cpu[0], Some(1000.0), "one whole core");
        assert_eq!(cpu[59], Some(0.0));
    }

    #[test]
    fn odd_samples_are_harmless() {
        let cell = cell(&[(u64::MAX, u64::MAX, u64::MAX), (0, 1, 0), (5, 0, 9)]);
        for measure in [Measure::Memory, Measure::Cpu, Measure::Calls] {
            for duration in [0, 1, u64::MAX] {
                let values = values(&cell, measure, duration);
                assert!(
                    stretches(&values, largest(std::slice::from_ref(&values))).len() <= COLUMNS
                );
            }
        }
        assert!(values(&CellRecord::default(), Measure::Cpu, 0).iter().all(Option::is_none));
    }
}
