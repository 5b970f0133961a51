//! A fork bomb: processes that multiply.

use std::collections::VecDeque;
use std::time::Duration;

use super::metric::float;
use crate::finding::{Finding, Layer};
use crate::{Limits, Sample, text};

/// Unless it is stopped, it takes the machine.
const BOMB: f64 = 60.0;

/// Fewer processes are no bomb: a build starts some on each core at once.
const MANY: u64 = 24;

/// So many samples are looked at: two seconds at four a second.
const POINTS: usize = 8;

/// So many steps in a row must go up, each by this factor, and the last more than the first. A
/// build leaps at once and then goes up and down.
const UP: usize = 4;

/// See [`UP`].
const FACTOR: f64 = 1.2;

/// With a limit, a steady rise beyond this share of it counts too, however slow.
const SHARE: f64 = 0.6;

/// So many steps in a row are steady.
const STEADY: usize = 6;

/// The processes of late.
#[derive(Clone, Debug, Default)]
pub(super) struct Bomb {
    points: VecDeque<(Duration, u64)>,
    /// The most that have left the points: what was there before is not news.
    highest: u64,
}

impl Bomb {
    pub(super) fn look(&mut self, sample: &Sample, limits: &Limits) -> Option<Finding> {
        if self.points.len() >= POINTS
            && let Some((_, left)) = self.points.pop_front()
        {
            self.highest = self.highest.max(left);
        }
        self.points.push_back((sample.at, sample.processes));
        let now = sample.processes;
        if now <= self.highest {
            return None;
        }
        let filling = limits.processes.is_some_and(|most| float(now) > SHARE * float(most));
        let (steep, steady) = (self.steps(FACTOR), self.steps(1.0));
        let multiplied = now >= MANY && steep >= UP && self.faster(steep);
        let (since, first) =
            *self.points.iter().rev().nth(if multiplied { steep } else { steady })?;
        (multiplied || filling && steady >= STEADY).then(|| found(sample, since, first))
    }

    /// How many steps in a row, until now, went up by more than a factor.
    fn steps(&self, factor: f64) -> usize {
        let up =
            |(now, before): &(u64, u64)| float(*now) >= factor * float(*before) && now > before;
        self.pairs().take_while(up).count()
    }

    /// Whether the last of so many steps was larger than the first.
    fn faster(&self, steps: usize) -> bool {
        let mut sizes = self.pairs().take(steps).map(|(now, before)| now.saturating_sub(before));
        let last = sizes.next();
        sizes.last() < last
    }

    /// Each number of processes with the one before, the latest first.
    fn pairs(&self) -> impl Iterator<Item = (u64, u64)> {
        let latest = self.points.iter().rev().map(|(_, processes)| *processes);
        latest.clone().zip(latest.skip(1))
    }
}

fn found(sample: &Sample, since: Duration, first: u64) -> Finding {
    let span = text::time(sample.at.saturating_sub(since));
    let now = sample.processes;
    Finding::new("fork-bomb", Layer::Series, "", sample.at)
        .since(since)
        .seen(format!("{now} processes"), format!("{first}, as {span} ago"))
        .sure(85)
        .says(format!("Its processes multiply: from {first} to {now} within {span}."))
        .risks(BOMB)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(processes: &[u64], most: Option<u64>) -> bool {
        let mut bomb = Bomb::default();
        let limits = Limits { processes: most, ..Limits::default() };
        let mut at = Duration::ZERO;
        processes.iter().any(|processes| {
            at += Duration::from_millis(250);
            let sample = Sample { at, processes: *processes, ..Sample::default() };
            bomb.look(&sample, &limits).is_some()
        })
    }

    #[test]
    fn what_doubles_is_a_bomb() {
        assert!(run(&[1, 1, 2, 4, 8, 16, 32], None));
        assert!(run(&[1, 2, 3, 4, 6, 9, 14, 20, 30], None));
    }

    #[test]
    fn what_fills_its_limit_is_one_too() {
        let slow: Vec<u64> = (1..60).collect();
        assert!(run(&slow, Some(64)));
        assert!(!run(&slow, Some(1_000)) && !run(&slow, None));
    }

    #[test]
    fn builds_are_none() {
        assert!(!run(&[1, 33, 33, 30, 35, 36, 20, 1], Some(64)));
        assert!(!run(&[1, 16, 24, 30, 34, 36, 36, 36, 20], Some(64)), "it slows down");
        assert!(!run(&[1, 33, 20, 1, 1, 1, 1, 1, 1, 2, 5, 9, 17, 32], None), "no more than before");
    }
}
