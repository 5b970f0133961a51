//! The places on the ladder, and where they begin.

use std::time::Duration;

/// What is done about a cell, in order. Each includes those before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// It is watched as every cell is.
    #[default]
    Observe,
    /// The host is told.
    Notify,
    /// It gets less processor time and fewer calls.
    Throttle,
    /// Its optional grants are gone.
    Narrow,
    /// It stands still.
    Freeze,
    /// It is ended.
    Kill,
}

impl Rung {
    /// All of them, from below.
    pub const ALL: [Self; 6] =
        [Self::Observe, Self::Notify, Self::Throttle, Self::Narrow, Self::Freeze, Self::Kill];

    /// Its stable word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Notify => "notify",
            Self::Throttle => "throttle",
            Self::Narrow => "narrow",
            Self::Freeze => "freeze",
            Self::Kill => "kill",
        }
    }

    /// Whether a cell comes down from here by itself. What took something away from a cell is given
    /// back by policy or a person, never by time.
    #[must_use]
    pub const fn fades(self) -> bool {
        matches!(self, Self::Notify | Self::Throttle)
    }

    /// The next one below.
    #[must_use]
    pub const fn below(self) -> Self {
        match self {
            Self::Observe | Self::Notify => Self::Observe,
            Self::Throttle => Self::Notify,
            Self::Narrow => Self::Throttle,
            Self::Freeze => Self::Narrow,
            Self::Kill => Self::Freeze,
        }
    }
}

/// From how much risk on each rung is taken, and how far it may go.
#[derive(Clone, Debug, PartialEq)]
pub struct Thresholds {
    /// To tell the host.
    pub notify: f64,
    /// To slow it down.
    pub throttle: f64,
    /// To take its optional grants.
    pub narrow: f64,
    /// To stop it.
    pub freeze: f64,
    /// To end it.
    pub kill: f64,
    /// A rung is left downward once the risk is below this share of what it begins at.
    pub leave: f64,
    /// And after it stayed there for so long.
    pub hold: Duration,
    /// The highest rung that is taken without a person. By default a cell is stopped and not ended:
    /// that is as safe, and what it did can still be looked at.
    pub most: Rung,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            notify: 10.0,
            throttle: 30.0,
            narrow: 50.0,
            freeze: 70.0,
            kill: 90.0,
            leave: 0.6,
            hold: Duration::from_secs(30),
            most: Rung::Freeze,
        }
    }
}

impl Thresholds {
    /// Where a rung begins.
    #[must_use]
    pub const fn of(&self, rung: Rung) -> f64 {
        match rung {
            Rung::Observe => 0.0,
            Rung::Notify => self.notify,
            Rung::Throttle => self.throttle,
            Rung::Narrow => self.narrow,
            Rung::Freeze => self.freeze,
            Rung::Kill => self.kill,
        }
    }

    /// The highest rung for this much risk.
    #[must_use]
    pub fn rung(&self, risk: f64) -> Rung {
        let begun = |rung: &Rung| risk >= self.of(*rung);
        Rung::ALL.into_iter().rev().find(begun).unwrap_or_default()
    }
}
