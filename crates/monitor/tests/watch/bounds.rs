//! Whatever a cell does, the watcher stays small and in order.

use std::time::Duration;

use aether_monitor::{
    Act, Leaving, MOST_FINDINGS, Offence, Rung, Sample, Settings, Thresholds, Watcher,
};
use proptest::prelude::*;

use crate::simulate::cell::Cell;
use crate::simulate::hostile::Hostile;
use crate::simulate::{limits, settings};

fn any_sample() -> impl Strategy<Value = Sample> {
    let figures = prop::array::uniform9(prop_oneof![any::<u64>(), 0u64..1_000, Just(u64::MAX)]);
    (any::<u32>(), any::<u32>(), figures).prop_map(|(at, cpu, figures)| {
        let [memory, read, written, processes, threads, descriptors, calls, bytes_out, denials] =
            figures;
        Sample {
            at: Duration::from_millis(at.into()),
            cpu: Duration::from_millis(cpu.into()),
            memory,
            read,
            written,
            processes,
            threads,
            descriptors,
            calls,
            bytes_in: read,
            bytes_out,
            denials,
        }
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    let text = "\\PC{0,20}";
    prop_oneof![
        text.prop_map(|what| Act::Violation { offence: Offence::Escape, what }),
        text.prop_map(|what| Act::Strike { what }),
        (text, text, any::<bool>()).prop_map(|(permission, object, sensitive)| Act::Denied {
            permission,
            object,
            sensitive
        }),
        text.prop_map(|to| Act::Told { to, how: Leaving::Event }),
        (text, any::<bool>()).prop_map(|(place, sensitive)| Act::Read { place, sensitive }),
        text.prop_map(|host| Act::Egress { host }),
        (text, text).prop_map(|(method, argument)| Act::Call { method, argument }),
    ]
}

fn violation(number: u64) -> Act {
    Act::Violation { offence: Offence::Escape, what: number.to_string() }
}

/// A watcher that goes no further than this.
fn watcher(most: Rung) -> Watcher {
    let thresholds = Thresholds { most, ..Thresholds::default() };
    Watcher::new(Settings { thresholds, ..settings() }, limits(), None)
}

proptest! {
    #[test]
    fn any_figures_and_acts_are_taken(
        events in prop::collection::vec((any_sample(), any_act(), 0usize..3), 0..200),
        most in prop::sample::select(Rung::ALL.to_vec()),
    ) {
        let mut watcher = watcher(most);
        for (sample, act, open_calls) in events {
            let before = watcher.rung();
            let noticed = watcher.sample(sample, open_calls);
            for finding in noticed.findings {
                prop_assert!(finding.sure <= 100 && finding.risk.is_finite());
                prop_assert!(!finding.sentence.is_empty() && finding.sentence.len() < 2_000);
            }
            watcher.act(sample.at, &act);
            let rung = watcher.rung();
            prop_assert!(rung <= most, "{rung:?} beyond {most:?}");
            let is_light = before < Rung::Narrow;
            prop_assert!(rung >= before || is_light, "{before:?} was left by itself");
            prop_assert!((0.0..=100.0).contains(&watcher.risk()));
        }
    }
}

#[test]
fn where_the_policy_lets_it_violations_lead_to_the_end() {
    let reached = |most| {
        let mut watcher = watcher(most);
        for n in 0..3 {
            watcher.act(Duration::from_secs(n), &violation(n));
        }
        watcher.rung()
    };
    assert_eq!(Rung::ALL.map(reached), Rung::ALL);
}

#[test]
fn figures_alone_halt_and_end_nobody() {
    let (mut watcher, mut cell) = (watcher(Rung::Kill), Cell::new(1));
    for tick in 0..400 {
        cell.tick(&mut watcher, |cell| {
            Hostile::ForkBomb.step(cell, tick, 1.0);
            Hostile::MemoryRamp.step(cell, tick, 1.0);
        });
    }
    assert!(watcher.risk() > Thresholds::default().freeze, "{}", watcher.risk());
    assert_eq!(watcher.rung(), Rung::Freeze);
}

#[test]
fn a_flood_of_new_things_is_bounded() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    for n in 0..20_000u64 {
        let at = Duration::from_millis(n * 10);
        watcher.act(at, &violation(n));
        watcher.act(at, &Act::Egress { host: n.to_string() });
        watcher.sample(Sample { at, calls: n, ..Sample::default() }, 0);
    }
    assert!(watcher.findings().len() <= MOST_FINDINGS);
}
