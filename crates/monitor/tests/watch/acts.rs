//! What a host sees after an act.

use std::sync::Arc;
use std::time::Duration;

use aether_monitor::{
    Act, Carried, Enabled, Layer, Leaving, Model, Rung, Settings, Thresholds, Watcher,
};

use crate::simulate::{limits, settings};

fn second(second: u64) -> Duration {
    Duration::from_secs(second)
}

fn denied(object: &str) -> Act {
    let (permission, object) = ("filesystem.read".to_owned(), object.to_owned());
    Act::Denied { permission, object, sensitive: false }
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
fn what_was_read_before_a_person_restored_a_cell_is_forgotten() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let secret = Act::Read { place: "/home/.ssh/id".to_owned(), sensitive: true };
    let egress = |host: &str| Act::Egress { host: host.to_owned() };
    watcher.act(second(1), &secret);
    assert_eq!(watcher.act(second(2), &egress("a.example")).step.unwrap().to, Rung::Narrow);
    watcher.restore(second(3), "the owner");
    assert!(watcher.act(second(4), &egress("b.example")).findings.is_empty());
    watcher.act(second(5), &secret);
    assert_eq!(watcher.act(second(6), &egress("a.example")).step.unwrap().to, Rung::Narrow);
}

#[test]
fn a_refused_honey_path_counts_at_once_after_a_person_restored_the_cell() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let touched = denied("/home/.aws/credentials");
    assert_eq!(watcher.act(second(1), &touched).step.unwrap().to, Rung::Freeze);
    assert!(watcher.act(second(2), &touched).findings.is_empty(), "it is told once");
    watcher.restore(second(3), "the owner");
    let again = watcher.act(second(3), &touched);
    assert_eq!(again.step.expect("it does it again").to, Rung::Freeze);
}

/// One watcher after the other, as a plugin is started again and again.
fn cells(count: u64, gap: u64, mut work: impl FnMut(u64, &mut Watcher)) -> Watcher {
    let mut carried = Carried::default();
    for cell in 0..count {
        let mut watcher =
            Watcher::new(settings(), limits(), None).with(carried, second(cell * gap));
        work(cell, &mut watcher);
        if cell + 1 == count {
            return watcher;
        }
        carried = watcher.carried();
    }
    unreachable!("there is one cell at least")
}

#[test]
fn who_ends_before_it_is_found_is_found_in_the_cells_after() {
    let eleven = |cell, watcher: &mut Watcher| {
        for number in 0..11 {
            watcher.act(second(number % 2), &denied(&format!("/etc/{cell}-{number}")));
        }
    };
    assert_eq!(cells(1, 3, eleven).rung(), Rung::Observe);
    assert!(cells(14, 3, eleven).rung() >= Rung::Throttle);
    let steal = |cell, watcher: &mut Watcher| {
        let read = Act::Read { place: "/home/.ssh/id".to_owned(), sensitive: true };
        let store = Act::Told { to: "k".to_owned(), how: Leaving::Store };
        let send = Act::Egress { host: "drop.example".to_owned() };
        watcher.act(second(0), if cell == 0 { &read } else { &send });
        watcher.act(second(1), if cell == 0 { &store } else { &send });
    };
    assert_eq!(cells(1, 3, steal).rung(), Rung::Throttle);
    assert_eq!(cells(2, 3, steal).rung(), Rung::Narrow);
}

#[test]
fn who_is_started_for_each_call_is_refused_the_same_each_time() {
    let probes = |_, watcher: &mut Watcher| {
        for number in 0..30 {
            watcher.act(second(0), &denied(&format!("/usr/share/{number}")));
        }
        watcher.act(second(1), &Act::Strike { what: "one message".to_owned() });
    };
    for gap in [3, 30, 600] {
        let watcher = cells(200, gap, probes);
        assert!(watcher.rung() < Rung::Throttle, "{} {:?}", watcher.risk(), watcher.rung());
    }
    assert!(cells(1, 3, probes).findings().iter().any(|noted| noted.finding.rule == "scan"));
}

#[test]
fn cells_side_by_side_leave_the_higher_risk_and_all_that_was_read() {
    let run = |points: u64, place: &str| {
        let mut watcher =
            Watcher::new(settings(), limits(), None).with(Carried::default(), second(9));
        for number in 0..points {
            watcher.act(second(1), &Act::Strike { what: number.to_string() });
        }
        watcher.act(second(1), &Act::Read { place: place.to_owned(), sensitive: true });
        watcher.carried()
    };
    let both = run(1, "/home/.ssh/id").and(run(2, "/home/.netrc"));
    let mut watcher = Watcher::new(settings(), limits(), None).with(both, second(10));
    assert!((watcher.risk() - 30.0).abs() < 0.1, "{}", watcher.risk());
    let known = watcher.act(second(1), &Act::Strike { what: "1".to_owned() });
    assert_eq!(known.findings[0].risk, 0.0, "the second one did that already");
    let noticed = watcher.act(second(1), &Act::Egress { host: "drop.example".to_owned() });
    assert_eq!(noticed.findings[0].evidence.len(), 3, "{noticed:?}");
}

#[test]
fn whoever_is_refused_new_things_slowly_loses_permissions() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let mut throttled = None;
    for number in 0..264u64 {
        let at = Duration::from_millis(number * 909);
        let noticed = watcher.act(at, &denied(&format!("/etc/{number}")));
        watcher.sample(aether_monitor::Sample { at, ..Default::default() }, 0);
        let acted = noticed.step.filter(|step| step.to >= Rung::Throttle);
        throttled = throttled.or(acted.map(|step| step.at));
    }
    assert!(throttled.is_some_and(|at| at < second(120)), "{throttled:?}");
    assert!(watcher.rung() >= Rung::Narrow);
}

#[test]
fn one_refusal_is_told_and_a_thousand_equal_ones_are_one() {
    let mut watcher = Watcher::new(settings(), limits(), None);
    let act = denied("/etc/hosts");
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
