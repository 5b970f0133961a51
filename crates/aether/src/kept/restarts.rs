//! The decision on when a plugin is called, and started for it. Pure: the time is an argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::policy::{FACTOR, RestartPolicy};
use super::resting::Rest;

/// What is known of a plugin's failures, and what follows from it.
#[derive(Debug)]
pub(super) struct Restarts {
    policy: RestartPolicy,
    /// Those within the window; never more than open the breaker.
    failures: VecDeque<Instant>,
    /// How many came without an answered call between them.
    streak: u32,
    /// The rest after the last of them.
    pause: Pause,
    breaker: Breaker,
    /// Trials so far, to tell one from another.
    trials: u64,
}

#[derive(Debug)]
enum Breaker {
    Closed,
    Open(Pause),
    /// One call may try the plugin, or does.
    HalfOpen(Option<Trial>),
    /// Somebody has to close it.
    Held,
}

/// A time that begins somewhere: no sum of the two can overflow.
#[derive(Clone, Copy, Debug)]
struct Pause {
    since: Instant,
    time: Duration,
}

impl Pause {
    fn left(self, now: Instant) -> Option<Duration> {
        let left = self.time.saturating_sub(now.saturating_duration_since(self.since));
        (!left.is_zero()).then_some(left)
    }
}

/// The call that tries a plugin after a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Trial(u64);

/// Why a plugin is not called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) rest: Rest,
    /// For how long at least; nothing if time alone changes nothing.
    pub(super) left: Option<Duration>,
}

/// What follows from a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// It may be started again after so long.
    Pause(Duration),
    /// The breaker is open.
    Open { failures: u32, rest: Duration },
}

impl Restarts {
    pub(super) fn new(policy: RestartPolicy, now: Instant) -> Self {
        Self {
            policy,
            failures: VecDeque::new(),
            streak: 0,
            pause: Pause { since: now, time: Duration::ZERO },
            breaker: Breaker::Closed,
            trials: 0,
        }
    }

    /// Why the plugin is not called now, if it is not. `runs` tells that no start is needed.
    pub(super) fn refusal(&self, now: Instant, runs: bool) -> Option<Refusal> {
        let rests =
            |rest, left: Option<Duration>| left.map(|left| Refusal { rest, left: Some(left) });
        match &self.breaker {
            Breaker::Closed if runs => None,
            Breaker::Closed => rests(Rest::BackOff, self.pause.left(now)),
            Breaker::Open(pause) => rests(Rest::Open, pause.left(now)),
            Breaker::HalfOpen(None) => None,
            // How long the trial takes is not known.
            Breaker::HalfOpen(Some(_)) => rests(Rest::Trial, Some(self.rest_after(1))),
            Breaker::Held => Some(Refusal { rest: Rest::Held, left: None }),
        }
    }

    /// Whether the plugin is called now, and whether that is a trial.
    pub(super) fn admit(&mut self, now: Instant, runs: bool) -> Result<Option<Trial>, Refusal> {
        if let Some(refusal) = self.refusal(now, runs) {
            return Err(refusal);
        }
        if matches!(self.breaker, Breaker::Closed) {
            return Ok(None);
        }
        self.trials += 1;
        let trial = Trial(self.trials);
        self.breaker = Breaker::HalfOpen(Some(trial));
        Ok(Some(trial))
    }

    /// A cell has ended by a failure, or did not come to be.
    pub(super) fn failed(&mut self, at: Instant) -> Next {
        let window = self.policy.window;
        self.failures.retain(|earlier| at.saturating_duration_since(*earlier) < window);
        self.failures.push_back(at);
        self.streak = self.streak.saturating_add(1);
        let failures = u32::try_from(self.failures.len()).unwrap_or(u32::MAX);
        if failures >= self.policy.failures || !matches!(self.breaker, Breaker::Closed) {
            let rest = self.policy.rest;
            self.failures.clear();
            self.breaker = Breaker::Open(Pause { since: at, time: rest });
            return Next::Open { failures, rest };
        }
        let time = self.rest_after(self.streak);
        self.pause = Pause { since: at, time };
        Next::Pause(time)
    }

    /// The rest after so many failures on end.
    fn rest_after(&self, streak: u32) -> Duration {
        let factor = FACTOR.saturating_pow(streak.saturating_sub(1));
        self.policy.first.saturating_mul(factor).min(self.policy.most)
    }

    /// A cell has ended for no failure: a trial in it has told nothing.
    pub(super) const fn ended_well(&mut self) {
        if let Breaker::HalfOpen(trial) = &mut self.breaker {
            *trial = None;
        }
    }

    /// Not to be started again until [`Restarts::restore`].
    pub(super) fn hold(&mut self) {
        self.breaker = Breaker::Held;
    }

    /// A call was answered. Whether that has closed the breaker.
    pub(super) fn succeeded(&mut self, trial: Option<Trial>) -> bool {
        match &self.breaker {
            Breaker::Closed => {
                self.streak = 0;
                false
            }
            Breaker::HalfOpen(open) if open.is_some() && *open == trial => {
                self.restore();
                true
            }
            _ => false,
        }
    }

    /// The trial is over, and if it still counts it has told nothing.
    pub(super) fn release(&mut self, trial: Trial) {
        if matches!(self.breaker, Breaker::HalfOpen(Some(open)) if open == trial) {
            self.breaker = Breaker::HalfOpen(None);
        }
    }

    /// As at the beginning. Whether the breaker was open.
    pub(super) fn restore(&mut self) -> bool {
        self.failures.clear();
        self.streak = 0;
        self.pause.time = Duration::ZERO;
        let before = std::mem::replace(&mut self.breaker, Breaker::Closed);
        matches!(before, Breaker::Open(_) | Breaker::HalfOpen(_))
    }
}

#[cfg(test)]
mod tests;
