//! The figures that are looked at, made from two samples.

use std::time::Duration;

use crate::{Sample, text};

/// A figure of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// Cores in use.
    Processor,
    /// Resident bytes.
    Memory,
    /// Bytes read and written in a second.
    Disk,
    /// Calls in a second.
    Calls,
    /// Bytes sent in a second.
    Sent,
    /// Refusals in a second.
    Denials,
    /// Processes.
    Processes,
    /// Threads.
    Threads,
    /// Open descriptors.
    Descriptors,
}

/// How many there are.
pub(super) const METRICS: usize = 9;

impl Metric {
    /// All of them.
    pub const ALL: [Self; METRICS] = [
        Self::Processor,
        Self::Memory,
        Self::Disk,
        Self::Calls,
        Self::Sent,
        Self::Denials,
        Self::Processes,
        Self::Threads,
        Self::Descriptors,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Processor => "processor use",
            Self::Memory => "memory",
            Self::Disk => "disk traffic",
            Self::Calls => "calls",
            Self::Sent => "bytes sent",
            Self::Denials => "refusals",
            Self::Processes => "processes",
            Self::Threads => "threads",
            Self::Descriptors => "open descriptors",
        }
    }

    /// A difference so small is never odd, however quiet the cell was: else the first call of an
    /// idle plugin would be an event.
    #[must_use]
    pub const fn floor(self) -> f64 {
        match self {
            Self::Processor => 0.1,
            Self::Memory => 8.0 * 1024.0 * 1024.0,
            Self::Disk => 1024.0 * 1024.0,
            Self::Calls => 20.0,
            Self::Sent => 16.0 * 1024.0,
            Self::Denials => 1.0,
            Self::Processes => 2.0,
            Self::Threads => 4.0,
            Self::Descriptors => 8.0,
        }
    }

    /// A value of it with its unit.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Processor => format!("{value:.1} cores"),
            Self::Memory => format!("{} of memory", text::bytes(value)),
            Self::Disk => format!("{} read and written in a second", text::bytes(value)),
            Self::Sent => format!("{} sent in a second", text::bytes(value)),
            Self::Calls | Self::Denials => format!("{value:.0} {} in a second", self.name()),
            Self::Processes | Self::Threads | Self::Descriptors => {
                format!("{value:.0} {}", self.name())
            }
        }
    }
}

/// The least time between two samples: of less, a rate is mostly noise.
const LEAST: Duration = Duration::from_millis(20);

/// The figures between two samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figures {
    /// The end of the time that they are of.
    pub(super) at: Duration,
    /// Its beginning.
    pub(super) from: Duration,
    /// In the order of [`Metric::ALL`].
    pub(super) values: [f64; METRICS],
    /// Whether the cell asked for, read, wrote, sent or received anything.
    pub(super) useful: bool,
}

impl Figures {
    /// None where the samples are too near to each other, or in the wrong order.
    pub(super) fn between(before: &Sample, now: &Sample) -> Option<Self> {
        let time = now.at.checked_sub(before.at).filter(|time| *time >= LEAST)?;
        let seconds = time.as_secs_f64();
        let rate = |now: u64, before: u64| float(now.saturating_sub(before)) / seconds;
        let disk = rate(now.read, before.read) + rate(now.written, before.written);
        let calls = rate(now.calls, before.calls);
        let sent = rate(now.bytes_out, before.bytes_out);
        let received = rate(now.bytes_in, before.bytes_in);
        let values = [
            now.cpu.saturating_sub(before.cpu).as_secs_f64() / seconds,
            float(now.memory),
            disk,
            calls,
            sent,
            rate(now.denials, before.denials),
            float(now.processes),
            float(now.threads),
            float(now.descriptors),
        ];
        let useful = disk + calls + sent + received > 0.0;
        Some(Self { at: now.at, from: before.at, values, useful })
    }

    /// Cores in use.
    pub(super) const fn processor(&self) -> f64 {
        let [processor, ..] = self.values;
        processor
    }
}

/// A count as a figure: beyond 2^53 it is rounded, which no detector minds.
#[expect(clippy::cast_precision_loss, reason = "see above")]
pub(super) const fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn sample()(
            millis: u32, cpu: u32, memory: u64, read: u64, written: u64, calls: u64, denials: u64,
        ) -> Sample {
            Sample {
                at: Duration::from_millis(millis.into()),
                cpu: Duration::from_millis(cpu.into()),
                memory, read, written, calls, denials,
                ..Sample::default()
            }
        }
    }

    proptest! {
        #[test]
        fn figures_are_finite_and_never_negative(before in sample(), now in sample()) {
            if let Some(figures) = Figures::between(&before, &now) {
                prop_assert!(figures.values.iter().all(|value| value.is_finite() && *value >= 0.0));
            }
        }
    }

    #[test]
    fn rates_are_of_one_second() {
        let before = Sample { at: Duration::from_secs(1), calls: 10, ..Sample::default() };
        let now = Sample { at: Duration::from_millis(1_500), calls: 15, ..before };
        let figures = Figures::between(&before, &now).unwrap();
        assert!((figures.values[3] - 10.0).abs() < 1e-9);
        assert!(figures.useful);
    }
}
