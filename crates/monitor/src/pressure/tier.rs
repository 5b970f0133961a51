//! How bad it is.

use std::time::Duration;

use super::Load;

/// How much the machine is under pressure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// There is enough.
    #[default]
    Calm,
    /// Some work waits.
    Tight,
    /// Much work waits.
    Scarce,
    /// All work waits: the machine is about to stand still.
    Critical,
}

/// Some work waited for so many percent of the time: tight.
const TIGHT: f64 = 10.0;

/// And so many: scarce.
const SCARCE: f64 = 30.0;

/// All work waited for memory or disks for so many percent of the time …
const CRITICAL: f64 = 20.0;

/// … and for so long: critical.
const LASTS: Duration = Duration::from_secs(10);

/// A tier is left once its figure is below this share of what it is entered at …
const LEAVE: f64 = 0.6;

/// … and stays there for so long.
const HOLD: Duration = Duration::from_secs(15);

impl Tier {
    /// Its stable word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calm => "calm",
            Self::Tight => "tight",
            Self::Scarce => "scarce",
            Self::Critical => "critical",
        }
    }

    const fn below(self) -> Self {
        match self {
            Self::Calm | Self::Tight => Self::Calm,
            Self::Scarce => Self::Tight,
            Self::Critical => Self::Scarce,
        }
    }
}

/// Makes a tier of the load over time: up at once, down one by one.
#[derive(Clone, Debug, Default)]
pub struct Gauge {
    tier: Tier,
    full_since: Option<Duration>,
    low_since: Option<Duration>,
}

impl Gauge {
    /// The tier now.
    #[must_use]
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Takes a load in; gives the tier if it changed.
    pub fn take(&mut self, at: Duration, load: &Load) -> Option<Tier> {
        let before = self.tier;
        let entered = self.entered(at, load);
        if entered > self.tier {
            self.tier = entered;
            self.low_since = None;
        } else {
            self.leave(at, load);
        }
        (self.tier != before).then_some(self.tier)
    }

    fn entered(&mut self, at: Duration, load: &Load) -> Tier {
        if full(load) > CRITICAL {
            let since = *self.full_since.get_or_insert(at);
            if at.saturating_sub(since) >= LASTS {
                return Tier::Critical;
            }
        } else {
            self.full_since = None;
        }
        match some(load) {
            share if share > SCARCE => Tier::Scarce,
            share if share > TIGHT => Tier::Tight,
            _ => Tier::Calm,
        }
    }

    fn leave(&mut self, at: Duration, load: &Load) {
        let low = match self.tier {
            Tier::Calm => return,
            Tier::Tight => some(load) < TIGHT * LEAVE,
            Tier::Scarce => some(load) < SCARCE * LEAVE,
            Tier::Critical => full(load) < CRITICAL * LEAVE,
        };
        if !low {
            self.low_since = None;
            return;
        }
        let since = *self.low_since.get_or_insert(at);
        if at.saturating_sub(since) >= HOLD {
            self.tier = self.tier.below();
            self.low_since = None;
        }
    }
}

fn some(load: &Load) -> f64 {
    load.cpu.some.max(load.memory.some).max(load.io.some)
}

fn full(load: &Load) -> f64 {
    load.memory.full.max(load.io.full)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pressure::Stall;

    fn load(some: f64, full: f64) -> Load {
        Load { memory: Stall { some, full }, ..Load::default() }
    }

    fn run(loads: &[(u64, f64, f64)]) -> Vec<(u64, Tier)> {
        let mut gauge = Gauge::default();
        let mut changes = Vec::new();
        let mut second = 0;
        for (seconds, some, full) in loads {
            for _ in 0..*seconds {
                let at = Duration::from_secs(second);
                changes.extend(gauge.take(at, &load(*some, *full)).map(|tier| (second, tier)));
                second += 1;
            }
        }
        changes
    }

    #[test]
    fn it_rises_at_once_and_falls_one_by_one_after_a_hold() {
        let changes = run(&[(10, 35.0, 0.0), (60, 1.0, 0.0)]);
        assert_eq!(changes, [(0, Tier::Scarce), (25, Tier::Tight), (41, Tier::Calm)]);
    }

    #[test]
    fn a_tier_is_not_left_just_below_where_it_is_entered() {
        assert_eq!(run(&[(1, 12.0, 0.0), (300, 8.0, 0.0)]), [(0, Tier::Tight)]);
    }

    #[test]
    fn all_that_waits_is_critical_after_ten_seconds_only() {
        assert_eq!(run(&[(9, 5.0, 50.0), (5, 5.0, 0.0)]), []);
        assert_eq!(run(&[(12, 5.0, 50.0)]), [(10, Tier::Critical)]);
    }

    #[test]
    fn the_processors_full_is_no_standstill() {
        let mut gauge = Gauge::default();
        let cpu = Load { cpu: Stall { some: 5.0, full: 90.0 }, ..Load::default() };
        assert!((0..60).all(|second| gauge.take(Duration::from_secs(second), &cpu).is_none()));
    }

    proptest! {
        #[test]
        fn a_load_around_a_threshold_does_not_flap(
            shares in prop::collection::vec(7.0f64..13.0, 1..300),
        ) {
            let loads: Vec<_> = shares.into_iter().map(|share| (1, share, 0.0)).collect();
            prop_assert!(run(&loads).len() <= 1);
        }

        #[test]
        fn it_never_falls_twice_within_the_hold(
            shares in prop::collection::vec((0.0f64..60.0, 0.0f64..40.0), 1..300),
        ) {
            let loads: Vec<_> = shares.into_iter().map(|(some, full)| (1, some, full)).collect();
            let changes = run(&loads);
            for pair in changes.windows(2) {
                if pair[1].1 < pair[0].1 {
                    prop_assert!(pair[1].0 - pair[0].0 >= HOLD.as_secs());
                }
            }
        }
    }
}
