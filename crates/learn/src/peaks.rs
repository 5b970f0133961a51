//! What a run used at most, and what that makes of the limits.

use std::time::Duration;

use aether_manifest::{Limit, MIN_MEMORY, Resources, show_duration, show_size};
use serde::{Deserialize, Serialize};

use crate::suggest::SuggestedLimit;

/// Least that is suggested, whatever the peak: an engine's own needs vary by as much.
const LEAST_MEMORY: u64 = 16 << 20;
const LEAST_DISK: u64 = 1 << 20;
const LEAST_TIME: u64 = 1000;
const LEAST_CPU: u64 = 100;
const LEAST_PROCESSES: u64 = 2;

/// Shortest run whose processor share tells anything, in milliseconds: a shorter one is mostly its
/// beginning.
const LEAST_MEASURED: u64 = 1000;

/// The figures that limits are rounded up to, as parts of the next power of ten or two.
const TENS: [u64; 5] = [10, 15, 20, 30, 50];
const SECONDS: [u64; 8] = [1, 2, 3, 5, 10, 15, 20, 30];

/// The most that one plugin used, over all the runs that were looked at. 0 is what was not
/// measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Peaks {
    /// Memory at a time, in bytes.
    pub memory: u64,
    /// Processor time, in milliseconds.
    pub cpu_ms: u64,
    /// The longest call, or else the run, in milliseconds.
    pub wall_ms: u64,
    /// What was written, in bytes.
    pub disk: u64,
    /// Processes and threads at a time.
    pub processes: u64,
}

impl Peaks {
    /// Limits of half as much again as was used, in round figures, where that is below what holds
    /// now.
    pub(crate) fn limits(&self, present: &Resources) -> Vec<SuggestedLimit> {
        let memory = (round_size(more(self.memory)), LEAST_MEMORY.max(MIN_MEMORY), self.memory);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let disk = (round_size(more(self.disk)), LEAST_DISK, self.disk);
        let processes = (round_count(more(self.processes)), LEAST_PROCESSES, self.processes);
        let share = self.cpu_share();
        [
            (Limit::Memory, memory, present.memory),
            (
                Limit::Timeout,
                (round_time(more(self.wall_ms)), LEAST_TIME, self.wall_ms),
                millis(present.timeout),
            ),
            (
                Limit::Cpu,
                (round_tens(more(share)), LEAST_CPU, share),
                u64::from(present.cpu_millis),
            ),
            (Limit::Disk, disk, present.disk),
            (Limit::Processes, processes, u64::from(present.processes)),
        ]
        .into_iter()
        .filter_map(|(limit, (value, least, peak), now)| {
            let value = value.max(least);
            let below = peak > 0 && value < now;
            below.then(|| {
                SuggestedLimit::new(
                    limit,
                    shown(limit, value),
                    shown(limit, peak),
                    shown(limit, now),
                )
            })
        })
        .collect()
    }

    /// Thousandths of a core, on average; 0 where the run was too short to tell.
    fn cpu_share(&self) -> u64 {
        if self.wall_ms < LEAST_MEASURED {
            return 0;
        }
        self.cpu_ms.saturating_mul(1000).checked_div(self.wall_ms).unwrap_or(0)
    }
}

/// As a manifest has it, for people.
fn shown(limit: Limit, value: u64) -> String {
    match limit {
        Limit::Memory | Limit::Disk => show_size(value),
        Limit::Timeout => show_duration(Duration::from_millis(value)),
        Limit::Cpu => format!("{}.{:03}", value / 1000, value % 1000)
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned(),
        Limit::Processes => value.to_string(),
    }
}

/// Half as much again.
fn more(value: u64) -> u64 {
    value.saturating_add(value.div_ceil(2))
}

/// The next power of two, or the one before and a half, in whole kilobytes.
fn round_size(bytes: u64) -> u64 {
    round_count(bytes.div_ceil(1024)).saturating_mul(1024)
}

fn round_count(value: u64) -> u64 {
    let next = value.checked_next_power_of_two().unwrap_or(u64::MAX);
    let between = next / 4 * 3;
    if between >= value && between > 0 { between } else { next }
}

/// Round in decimals: 0.1, 0.15, 0.2, 0.3, 0.5 and so on.
fn round_tens(value: u64) -> u64 {
    let mut scale = 1_u64;
    while let Some(next) = scale.checked_mul(10) {
        let fitting = TENS.iter().filter_map(|part| part.checked_mul(scale));
        if let Some(found) = fitting.into_iter().find(|figure| *figure >= value) {
            return found;
        }
        scale = next;
    }
    u64::MAX
}

/// Round in seconds, minutes or hours.
fn round_time(millis: u64) -> u64 {
    let units = [1000_u64, 60_000, 3_600_000];
    let figures = units.into_iter().flat_map(|unit| SECONDS.map(|part| part * unit));
    figures.into_iter().find(|figure| *figure >= millis).unwrap_or(millis)
}

#[cfg(test)]
mod tests {
    use aether_manifest::{parse_duration, parse_size};
    use proptest::prelude::*;

    use super::*;

    fn check(peaks: Peaks, expect: &[(&str, &str)]) {
        let found = peaks.limits(&Resources::default());
        let found: Vec<(&str, &str)> =
            found.iter().map(|limit| (limit.limit.as_str(), limit.value.as_str())).collect();
        assert_eq!(found, expect, "{peaks:?}");
    }

    #[test]
    fn limits_follow_from_peaks() {
        check(Peaks::default(), &[]);
        check(Peaks { memory: 17 << 20, ..Peaks::default() }, &[("memory", "32MB")]);
        check(Peaks { memory: 30 << 20, ..Peaks::default() }, &[("memory", "48MB")]);
        check(Peaks { memory: 1, ..Peaks::default() }, &[("memory", "16MB")]);
        check(Peaks { memory: 200 << 20, ..Peaks::default() }, &[]);
        check(Peaks { wall_ms: 13, ..Peaks::default() }, &[("timeout", "1s")]);
        check(Peaks { wall_ms: 7000, ..Peaks::default() }, &[("timeout", "15s")]);
        check(Peaks { wall_ms: 25_000, ..Peaks::default() }, &[]);
        check(Peaks { cpu_ms: 500, wall_ms: 500, ..Peaks::default() }, &[("timeout", "1s")]);
        let idle = Peaks { cpu_ms: 500, wall_ms: 4000, ..Peaks::default() };
        check(idle, &[("timeout", "10s"), ("cpu", "0.2")]);
        check(Peaks { disk: 50_000, ..Peaks::default() }, &[("disk", "1MB")]);
        check(Peaks { processes: 1, ..Peaks::default() }, &[("processes", "2")]);
        check(Peaks { processes: 5, ..Peaks::default() }, &[("processes", "8")]);
    }

    proptest! {
        #[test]
        fn a_limit_leaves_room_and_is_below_what_holds(
            memory: u64, cpu_ms: u64, wall_ms: u64, disk: u64, processes: u64,
        ) {
            let peaks = Peaks { memory, cpu_ms, wall_ms, disk, processes };
            let present = Resources::default();
            for limit in peaks.limits(&present) {
                let (value, peak, now) = match limit.limit {
                    Limit::Memory => (parse_size(&limit.value).unwrap(), memory, present.memory),
                    Limit::Disk => (parse_size(&limit.value).unwrap(), disk, present.disk),
                    Limit::Timeout => {
                        let value = parse_duration(&limit.value).unwrap().as_millis();
                        (u64::try_from(value).unwrap(), wall_ms, 30_000)
                    }
                    Limit::Processes => (limit.value.parse().unwrap(), processes, 16),
                    Limit::Cpu => continue,
                };
                prop_assert!(value < now && value >= peak.saturating_add(peak / 2), "{:?}", limit);
            }
        }

        #[test]
        fn rounding_goes_up_and_not_far(value in 1_u64..1 << 40) {
            for rounded in [round_count(value), round_tens(value)] {
                prop_assert!(rounded >= value && rounded <= value.saturating_mul(2).max(10), "{rounded}");
            }
        }
    }
}
