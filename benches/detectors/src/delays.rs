//! The second table: simulated attacks and honest days.

use aether_monitor::{Rung, Step};
use serde_json::{Value, json};

use crate::simulate::cell::Cell;
use crate::simulate::honest::Honest;
use crate::simulate::hostile::Hostile;
use crate::simulate::watcher;

/// Each attack is simulated so often, with another seed and size.
const TRIES: u32 = 50;

/// So many days of honest work.
const DAYS: u64 = 20;

/// The first seed: no threshold was set by days of these.
const SEED: u64 = 1_000;

/// How soon one kind of attack is found.
#[derive(Debug)]
pub(crate) struct Attack {
    pub(crate) kind: Hostile,
    pub(crate) found: usize,
    /// Seconds, of those found.
    pub(crate) median: f64,
    pub(crate) worst: f64,
}

impl Attack {
    /// The row as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({
            "attack": format!("{:?}", self.kind), "found": self.found, "of": TRIES,
            "median_s": self.median, "worst_s": self.worst, "within_s": self.kind.within(),
        })
    }
}

/// What honest days bring.
#[derive(Debug, Default)]
pub(crate) struct Days {
    pub(crate) days: u64,
    pub(crate) actions: usize,
    pub(crate) findings: usize,
    /// What each action was for.
    pub(crate) reasons: Vec<String>,
}

impl Days {
    /// The figures as JSON.
    pub(crate) fn json(&self) -> Value {
        json!({ "days": self.days, "false_actions": self.actions, "findings": self.findings, "reasons": self.reasons })
    }
}

/// All attacks.
pub(crate) fn attacks() -> Vec<Attack> {
    Hostile::ALL.into_iter().map(attack).collect()
}

fn attack(kind: Hostile) -> Attack {
    let size = |number: u32| f64::from(number) / f64::from(TRIES);
    let mut delays: Vec<f64> = (0..TRIES)
        .filter_map(|number| kind.delay(SEED + u64::from(number), size(number)))
        .collect();
    delays.sort_by(f64::total_cmp);
    let median = delays.get(delays.len() / 2).copied().unwrap_or(f64::NAN);
    let worst = delays.last().copied().unwrap_or(f64::NAN);
    Attack { kind, found: delays.len(), median, worst }
}

/// All honest days, each of another seed.
pub(crate) fn honest() -> Days {
    let mut days = Days { days: DAYS, ..Days::default() };
    for seed in SEED..SEED + DAYS {
        day(seed, &mut days);
    }
    days
}

fn day(seed: u64, days: &mut Days) {
    let mut watcher = watcher();
    let mut cell = Cell::new(seed);
    while cell.sample.at.as_secs() < 24 * 3_600 {
        let kind = Honest::any(&mut cell);
        let (size, ticks) = (cell.random.share(), kind.ticks(&mut cell));
        for tick in 0..ticks {
            let noticed = cell.tick(&mut watcher, |cell| kind.step(cell, tick, size));
            days.findings += noticed.findings.len();
            let up = |step: &Step| step.to >= Rung::Throttle && step.to > step.from;
            if let Some(step) = noticed.step.filter(up) {
                days.actions += 1;
                days.reasons.push(format!("{}: {}", step.to.name(), step.because));
            }
        }
        Honest::done(&mut cell);
    }
}
