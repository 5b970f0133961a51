//! What is kept of a cell when it has ended.

use std::time::{Duration, Instant};

use aether_container::{Survey, Usage};
use aether_gateway::Ledger;
use aether_monitor::Noted;
use aether_overlay::Changeset;
use aether_report::{EgressRecord, LadderStep};

use crate::Ending;

/// Most samples that are kept of one cell; beyond, every second one is dropped and the interval
/// doubles, so that a long life stays bounded and evenly covered.
const SAMPLES: usize = 512;

/// Figures at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Since the cell's start.
    pub at: Duration,
    /// Resident bytes.
    pub memory: u64,
    /// Processor time so far.
    pub cpu: Duration,
    /// Calls through the gateway so far.
    pub calls: u64,
    /// Refusals so far.
    pub denials: u64,
    /// Bytes received so far, through the gateway and from other machines.
    pub bytes_in: u64,
    /// Bytes sent so far, the same ways.
    pub bytes_out: u64,
    /// Processes now; of a native plugin its threads count too.
    pub processes: u32,
    /// Threads, descriptors and bytes, when they were looked at last.
    pub survey: Survey,
}

/// A bounded series.
#[derive(Debug)]
pub(crate) struct Samples {
    started: Instant,
    kept: Vec<Sample>,
    /// Keep one of so many.
    stride: usize,
    seen: usize,
    last: Option<Sample>,
}

impl Samples {
    pub(crate) const fn new(started: Instant) -> Self {
        Self { started, kept: Vec::new(), stride: 1, seen: 0, last: None }
    }

    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn take(&mut self, now: Instant, usage: Usage, figures: Sample) {
        let sample = Sample {
            at: now.duration_since(self.started),
            memory: usage.memory,
            cpu: usage.cpu,
            processes: usage.processes,
            ..figures
        };
        self.last = Some(sample);
        if self.seen.is_multiple_of(self.stride) {
            self.kept.push(sample);
        }
        self.seen += 1;
        if self.kept.len() >= SAMPLES {
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                index % 2 == 1
            });
            self.stride *= 2;
        }
    }

    /// Processor time at the last sample.
    pub(crate) fn processor(&self) -> Duration {
        self.last.map_or(Duration::ZERO, |sample| sample.cpu)
    }

    /// The last sample, before any is taken none.
    pub(crate) const fn last(&self) -> Option<Sample> {
        self.last
    }

    /// The series, the last sample included.
    pub(crate) fn done(&self) -> Vec<Sample> {
        let mut kept = self.kept.clone();
        if let Some(last) = self.last
            && kept.last() != Some(&last)
        {
            kept.push(last);
        }
        kept
    }
}

/// A cell's life, complete.
#[derive(Clone, Debug)]
pub struct Final {
    /// How it ended.
    pub ending: Ending,
    /// The engine that ran it, if it got so far.
    pub engine: Option<String>,
    /// What it did and was refused.
    pub ledger: Ledger,
    /// How much of its disk quota it used.
    pub overlay: aether_overlay::Usage,
    /// What it used.
    pub usage: Usage,
    /// What it used over time.
    pub samples: Vec<Sample>,
    /// When it ended.
    pub ended: Instant,
    /// How long it lived.
    pub wall: Duration,
    /// What it would change on the host.
    pub changes: Changeset,
    /// What the monitor noticed about it.
    pub findings: Vec<Noted>,
    /// What was done about that.
    pub ladder: Vec<LadderStep>,
    /// Which machines it talked to, or wanted to.
    pub egress: Vec<EgressRecord>,
    /// What it did, in its order, where that is kept: the first of it.
    pub trace: Vec<String>,
    /// Writing files was taken from it, at least for some of its time.
    pub had_less: bool,
    /// Requests and connections for machines that are not in `egress`.
    pub other_destinations: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_series_stays_bounded_and_even() {
        let start = Instant::now();
        let mut samples = Samples::new(start);
        for second in 0..10_000 {
            let figures = Sample { calls: second, ..Sample::default() };
            samples.take(start + Duration::from_secs(second), Usage::default(), figures);
        }
        let done = samples.done();
        assert!(done.len() <= SAMPLES + 1);
        assert_eq!(done.last().unwrap().calls, 9999);
        let gaps: Vec<u64> = done.windows(2).map(|pair| pair[1].calls - pair[0].calls).collect();
        assert!(gaps[..gaps.len() - 1].iter().all(|gap| *gap == gaps[0]), "{gaps:?}");
    }
}
