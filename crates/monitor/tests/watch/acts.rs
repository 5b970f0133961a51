//! What a host sees after an act.

use std::sync::Arc;
use std::time::Duration;

use aether_monitor::{Act, Enabled, Layer, Model, Rung, Settings, Thresholds, Watcher};

use crate::simulate::{limits, settings};

fn second(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn honey() -> Act {
    Act::Read { place: "/home/.aws/credentials".to_owned(), sensitive: true }
}

#[test]
fn honey_freezes_at_once_and_kills_where_the_policy_lets_it() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let noticed = watcher.act(second(1), &honey());
    let step = noticed.step.unwrap();
    assert_eq!((step.from, step.to), (Rung::Observe, Rung::Freeze));
    assert_eq!(step.evidence, ["honey-path"]);
    assert!(step.because.contains("honey path /home/.aws"));

    let thresholds = Thresholds { most: Rung::Kill, ..Thresholds::default() };
    let mut watcher = Watcher::new(Settings { thresholds, ..settings() }, limits(), None);
    assert_eq!(watcher.act(second(1), &honey()).step.unwrap().to, Rung::Kill);
}

#[test]
fn a_person_restores_what_was_frozen() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    watcher.act(second(1), &honey());
    watcher.end(second(86_400));
    assert_eq!(watcher.rung(), Rung::Freeze);
    assert_eq!(watcher.restore(second(86_401), "the owner").unwrap().to, Rung::Observe);
    let again = watcher.act(second(86_402), &honey());
    assert_eq!(again.step.expect("it does it again").to, Rung::Freeze);
}

#[test]
fn one_refusal_is_told_and_a_thousand_equal_ones_are_one() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let act =
        Act::Denied { permission: "filesystem.read".to_owned(), object: "/etc/hosts".to_owned() };
    let told: usize = (0..1_000).map(|_| watcher.act(second(5), &act).findings.len()).sum();
    assert_eq!((told, watcher.findings()[0].count, watcher.rung()), (1, 1_000, Rung::Observe));
}

#[test]
fn a_detector_that_is_off_finds_nothing() {
    let enabled = Enabled { honey: false, sequence: false, ..Enabled::default() };
    let mut watcher = Watcher::new(Settings { enabled, ..settings() }, limits(), None);
    assert!(watcher.act(second(1), &honey()).findings.is_empty());
}

/// A plugin that reads and asks, and then does what it never did.
fn strange_run(runs: usize) -> Watcher {
    let day = ["read /project rs", "read /project toml", "egress example.com", "kv.set text"];
    let model = Model::learn("d", (0..runs).map(|n| day.into_iter().cycle().take(40 + n % 4)));
    let mut watcher = Watcher::new(settings(), limits(), Some(Arc::new(model)));
    for n in 0..200 {
        let act = Act::Call { method: format!("strange{}", n % 3), argument: String::new() };
        watcher.act(second(n * 61), &act);
    }
    watcher
}

#[test]
fn behaviour_alone_narrows_at_most_and_explains_itself() {
    let watcher = strange_run(120);
    assert!(
        watcher.rung() <= Rung::Narrow && watcher.rung() >= Rung::Notify,
        "{:?}",
        watcher.rung()
    );
    let findings = watcher.findings();
    assert!(findings.iter().all(|noted| noted.finding.layer == Layer::Behaviour));
    assert!(findings[0].finding.evidence[0].contains("never seen in 120 runs"), "{findings:?}");
}

#[test]
fn behaviour_beside_few_runs_only_advises() {
    let watcher = strange_run(5);
    assert!(watcher.rung() < Rung::Throttle);
    assert!(!watcher.findings().is_empty());
}
