//! Honest work is left alone.

use aether_monitor::{Noticed, Rung, Step};
use proptest::prelude::*;

use crate::simulate::cell::Cell;
use crate::simulate::honest::Honest;
use crate::simulate::watcher;

/// Honest work of random kinds for so many ticks; gives the steps to *throttle* or beyond.
fn actions(seed: u64, ticks: u64) -> (Vec<Step>, usize) {
    let mut watcher = watcher();
    let mut cell = Cell::new(seed);
    let (mut actions, mut findings, mut done) = (Vec::new(), 0, 0);
    while done < ticks {
        let kind = Honest::any(&mut cell);
        let (size, length) = (cell.random.share(), kind.ticks(&mut cell));
        for tick in 0..length {
            let Noticed { findings: new, step } =
                cell.tick(&mut watcher, |cell| kind.step(cell, tick, size));
            findings += new.len();
            actions.extend(step.filter(|step| step.to >= Rung::Throttle && step.to > step.from));
        }
        Honest::done(&mut cell);
        done += length;
    }
    (actions, findings)
}

#[test]
fn a_day_of_honest_work_sees_one_action_at_most() {
    let (actions, findings) = actions(24, 24 * 3_600 * 4);
    assert!(actions.len() <= 1, "{actions:?}");
    assert!(findings < 24 * 10, "{findings} findings are a flood");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn an_hour_of_any_honest_work_sees_none(seed: u64) {
        let (actions, _) = actions(seed, 3_600 * 4);
        prop_assert!(actions.is_empty(), "{actions:?}");
    }

    #[test]
    fn no_kind_of_honest_work_by_itself_is_acted_on(seed: u64, size in 0.0f64..1.0) {
        for kind in Honest::ALL {
            let mut watcher = watcher();
            let mut cell = Cell::new(seed);
            for tick in 0..kind.ticks(&mut cell).min(200) {
                cell.tick(&mut watcher, |cell| kind.step(cell, tick, size));
            }
            prop_assert!(watcher.rung() < Rung::Throttle, "{kind:?} {:?}", watcher.findings());
        }
    }
}
