//! The processor limit where no control group holds it: the host stops and continues the cell.

use std::time::{Duration, Instant};

/// Holds a processor limit by saying when the cell must stand still.
#[derive(Debug)]
pub(super) struct CpuGovernor {
    millis: u32,
    /// Processor time that the cell may have used by now.
    allowance: Duration,
    last: Instant,
    stopped: bool,
    /// Processor time that the cell had used when it was last seen to be stopped.
    used_at_stop: Duration,
    /// What it used while it should have stood still.
    evaded: Duration,
}

/// What the host is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    /// Leave it as it is: it runs.
    Leave,
    /// Stop it, again if it is stopped.
    Stop,
    /// Let it go on.
    GoOn,
    /// End it: it runs on whatever is done.
    End,
}

impl CpuGovernor {
    /// How often it must decide.
    pub(super) const PERIOD: Duration = Duration::from_millis(20);

    /// Unused allowance that may be kept for later, so that an idle cell answers at once.
    const BURST: Duration = Duration::from_millis(100);

    /// What a cell may use while it should stand still before it is ended. Stopping takes effect
    /// when a thread next leaves the kernel, which is some microseconds of work for each; a program
    /// whose timers send it `SIGCONT`, or whose processes send it to each other faster than they
    /// can be stopped, uses all that there is.
    const EVASION: Duration = Duration::from_millis(500);

    /// Of the time that passes, so much is taken off what was used in evasion: one in so many.
    const FORGIVEN: u32 = 10;

    /// A governor that holds this many thousandths of a core.
    pub(super) fn new(millis: u32) -> Self {
        Self {
            millis,
            allowance: Self::BURST,
            last: Instant::now(),
            stopped: false,
            used_at_stop: Duration::ZERO,
            evaded: Duration::ZERO,
        }
    }

    /// The same for a cell that has used so much already.
    pub(super) fn going_on(millis: u32, used: Duration) -> Self {
        Self { allowance: used + Self::BURST, ..Self::new(millis) }
    }

    /// One for a cell that may have nothing more, and has used so much already.
    #[cfg(target_os = "linux")]
    pub(super) fn standing_still(used: Duration) -> Self {
        let governor = Self::new(0);
        Self { allowance: Duration::ZERO, stopped: true, used_at_stop: used, ..governor }
    }

    /// What to do about a cell that has used so much by now.
    pub(super) fn decide(&mut self, used: Duration, now: Instant) -> Decision {
        let passed = now.saturating_duration_since(self.last);
        let earned = passed * self.millis / 1000;
        self.last = now;
        self.allowance = (self.allowance + earned).min(used + Self::BURST);
        if self.stopped {
            self.evaded += used.saturating_sub(self.used_at_stop);
            self.used_at_stop = self.used_at_stop.max(used);
        }
        self.evaded = self.evaded.saturating_sub(passed / Self::FORGIVEN);
        if self.evaded > Self::EVASION {
            return Decision::End;
        }
        match (used > self.allowance, self.stopped) {
            (true, _) => Decision::Stop,
            (false, true) => {
                self.stopped = false;
                Decision::GoOn
            }
            (false, false) => Decision::Leave,
        }
    }

    /// It was stopped, and had used so much by then.
    pub(super) fn stopped_at(&mut self, used: Duration) {
        if !self.stopped {
            self.used_at_stop = used;
        }
        self.stopped = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets a program with so many threads run for ten seconds; gives the cores that it had.
    fn run(millis: u32, threads: u32, deaf: bool) -> Option<f64> {
        let start = Instant::now();
        let mut governor = CpuGovernor { last: start, ..CpuGovernor::new(millis) };
        let (mut used, mut running) = (Duration::ZERO, true);
        for tick in 1..=500 {
            if running || deaf {
                used += CpuGovernor::PERIOD * threads;
            }
            match governor.decide(used, start + CpuGovernor::PERIOD * tick) {
                Decision::Leave => {}
                Decision::Stop => {
                    running = false;
                    governor.stopped_at(used);
                }
                Decision::GoOn => running = true,
                Decision::End => return None,
            }
        }
        Some(used.as_secs_f64() / (CpuGovernor::PERIOD * 500).as_secs_f64())
    }

    #[test]
    fn a_busy_process_is_held_to_its_share() {
        let share = run(250, 1, false).unwrap();
        assert!((0.24..0.27).contains(&share), "{share}");
    }

    #[test]
    fn a_busy_tree_is_held_to_more_than_one_core() {
        let share = run(1500, 8, false).unwrap();
        assert!((1.45..1.55).contains(&share), "{share}");
    }

    #[test]
    fn who_does_not_stand_still_is_ended() {
        assert_eq!(run(500, 1, true), None);
        assert_eq!(run(2000, 1, true), Some(1.0), "within its limit");
    }

    #[test]
    fn what_stopping_costs_is_forgiven() {
        let start = Instant::now();
        let mut governor = CpuGovernor { last: start, ..CpuGovernor::new(100) };
        let mut used = Duration::ZERO;
        for tick in 1..=100_000 {
            // One millisecond of each period is used after it was stopped.
            used += Duration::from_millis(1);
            let decision = governor.decide(used, start + CpuGovernor::PERIOD * tick);
            assert_ne!(decision, Decision::End, "after {tick}");
            governor.stopped_at(used);
        }
    }

    #[test]
    fn an_idle_process_is_never_stopped_and_saves_no_more_than_the_burst() {
        let start = Instant::now();
        let mut governor = CpuGovernor { last: start, ..CpuGovernor::new(100) };
        let later = start + Duration::from_secs(100);
        assert_eq!(governor.decide(Duration::ZERO, later), Decision::Leave);
        assert_eq!(governor.allowance, CpuGovernor::BURST);
    }
}
