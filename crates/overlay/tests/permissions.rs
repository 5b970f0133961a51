//! Permissions and times that a plugin sets.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, UNIX_EPOCH};

use aether_overlay::{Changeset, Conflict, DiffBody, Outcome, apply, diff, preview};
use common::Lab;

const HOST: &[(&str, &str)] = &[
    ("a", "old a"),
    ("b", "old b"),
    ("c", "old c"),
    ("d/x", "old x"),
    ("e/f/y", "y"),
    ("l -> a", ""),
];

fn chmod(lab: &Lab, name: &str, mode: u32) {
    fs::set_permissions(lab.host(name), fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(lab: &Lab, name: &str) -> u32 {
    fs::metadata(lab.host(name)).unwrap().permissions().mode() & 0o7777
}

fn modified(lab: &Lab, name: &str) -> u128 {
    let at = fs::metadata(lab.host(name)).unwrap().modified().unwrap();
    at.duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// Applied twice, by way of the store; the second time nothing is left to do.
fn apply_twice(lab: &Lab) {
    let changeset = lab.overlay.changeset();
    let store = lab.dir.path().join("store");
    changeset.save(&store).unwrap();
    let loaded = Changeset::load(&store).unwrap();
    assert_eq!(loaded, changeset);
    let foreseen = preview(&loaded, |_| true);
    let report = apply(&loaded, |_| true);
    assert_eq!(foreseen.changes, report.changes);
    assert!(report.changes.iter().all(|one| one.outcome == Outcome::Applied), "{report:?}");
    assert_eq!(report.not_durable, None);
    let again = apply(&loaded, |_| true);
    assert!(again.changes.iter().all(|one| one.outcome == Outcome::AlreadyThere), "{again:?}");
}

#[test]
fn permissions_are_set_shown_and_applied() {
    let mut lab = Lab::new(HOST);
    chmod(&lab, "b", 0o4750);
    lab.set_mode("/w/l", 0o600).unwrap();
    lab.set_mode("/w/b", 0o755).unwrap();
    lab.write("/w/c", "new c").unwrap();
    lab.set_mode("/w/c", 0o711).unwrap();
    lab.write("/w/n", "new").unwrap();
    lab.set_mode("/w/n", 0o640).unwrap();
    lab.rename("/w/d/x", "/w/x").unwrap();
    lab.set_mode("/w/x", 0o700).unwrap();
    let stat = lab.stat("/w/x");
    assert_eq!((stat.mode, stat.executable), (0o700, true));
    assert_eq!((lab.stat("/w/a").mode, lab.stat("/w/c").mode), (0o600, 0o711));
    assert_eq!(lab.changes(), ["m /w/a", "m /w/b", "~ /w/c", "+ /w/n", "> /w/d/x /w/x"]);
    let changeset = lab.overlay.changeset();
    let modes: Vec<_> = changeset
        .changes()
        .iter()
        .map(|change| {
            let modes = change.mode.unwrap();
            (modes.old, modes.new, change.executable, change.executable_changes)
        })
        .collect();
    assert_eq!(
        modes,
        [
            (Some(0o644), 0o600, false, false),
            (Some(0o750), 0o755, true, false),
            (Some(0o644), 0o711, true, true),
            (None, 0o640, false, false),
            (Some(0o644), 0o700, true, true),
        ]
    );
    let shown = diff(&changeset);
    assert_eq!((&shown[0].body, shown[0].mode), (&DiffBody::Same, changeset.changes()[0].mode));
    apply_twice(&lab);
    // What ran as somebody else does so no more.
    assert_eq!(
        ["a", "b", "c", "n", "x"].map(|name| mode(&lab, name)),
        [0o600, 0o755, 0o711, 0o640, 0o700]
    );
    assert_eq!(fs::read_to_string(lab.host("x")).unwrap(), "old x");
}

#[test]
fn what_is_set_back_is_no_change() {
    let mut lab = Lab::new(HOST);
    for (name, mode) in [("/w/a", 0o644), ("/w/d", 0o755)] {
        lab.set_mode(name, 0o700).unwrap();
        lab.set_mode(name, mode).unwrap();
    }
    lab.write("/w/b", "x").unwrap();
    lab.set_times("/w/b", 5000).unwrap();
    lab.write("/w/b", "old b").unwrap();
    assert_eq!(lab.changes(), [""; 0]);
}

#[test]
fn nothing_runs_as_somebody_else_and_mounts_stay_as_they_are() {
    let mut lab = Lab::new(HOST);
    for mode in [0o4755, 0o2755, 0o1777, 0o10644, u32::MAX, 0o777, 0o722, 0o664] {
        let at = lab.at("/w/a").unwrap();
        let error = lab.overlay.set_mode(&at, mode).unwrap_err();
        assert_eq!((error.code(), error.is_exception()), ("EPERM", true));
    }
    assert_eq!(lab.set_mode("/w", 0o700), Err("EBUSY"));
    assert_eq!(lab.set_times("/w", 0), Err("EBUSY"));
    assert_eq!(lab.set_mode("/", 0o700), Err("EBUSY"));
    assert_eq!(lab.set_mode("/w/none", 0o644), Err("ENOENT"));
    assert_eq!(lab.changes(), [""; 0]);
    // What an overlay would never make is not read from a store either.
    lab.set_mode("/w/a", 0o711).unwrap();
    let store = lab.dir.path().join("store");
    lab.overlay.changeset().save(&store).unwrap();
    let index = store.join("index.json");
    let text = fs::read_to_string(&index).unwrap();
    fs::write(&index, text.replace("\"new\":457", "\"new\":2505")).unwrap();
    assert!(Changeset::load(&store).is_err());
}

#[test]
fn folders_are_shut_when_all_is_in_them() {
    let mut lab = Lab::new(HOST);
    chmod(&lab, "d", 0o1755);
    lab.set_mode("/w/d", 0o750).unwrap();
    lab.write("/w/d/x", "new").unwrap();
    lab.set_mode("/w/e", 0o500).unwrap();
    lab.set_mode("/w/e/f", 0o555).unwrap();
    lab.write("/w/e/f/n", "new").unwrap();
    lab.mkdir_all("/w/g/h").unwrap();
    lab.write("/w/g/h/n", "new").unwrap();
    lab.set_mode("/w/g/h", 0o511).unwrap();
    lab.set_mode("/w/g", 0o700).unwrap();
    assert_eq!(lab.stat("/w/e/f").mode, 0o555);
    apply_twice(&lab);
    let folders = ["d", "e", "e/f", "g", "g/h"];
    assert_eq!(
        folders.map(|name| mode(&lab, name)),
        [0o1750, 0o500, 0o555, 0o700, 0o511],
        "a folder's sticky bit is the host's"
    );
    folders.iter().for_each(|name| chmod(&lab, name, 0o755));
}

/// Everything is staged before anything is changed, so it takes two applications, unless the user
/// may write anywhere.
#[test]
fn what_goes_into_a_folder_that_is_opened_waits_for_the_next_time() {
    let mut lab = Lab::new(HOST);
    chmod(&lab, "d", 0o555);
    lab.set_mode("/w/d", 0o755).unwrap();
    lab.write("/w/d/n", "new").unwrap();
    let changeset = lab.overlay.changeset();
    let report = apply(&changeset, |_| true);
    assert_eq!(report.changes[0].outcome, Outcome::Applied);
    assert_eq!(mode(&lab, "d"), 0o755);
    assert!(apply(&changeset, |_| true).is_complete());
    assert_eq!(fs::read_to_string(lab.host("d/n")).unwrap(), "new");
}

#[test]
fn times_are_kept_until_the_next_change() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/n", "new").unwrap();
    for name in ["/w/a", "/w/b", "/w/n", "/w/d", "/w/e"] {
        lab.set_times(name, 1_000_000_000_123).unwrap();
    }
    lab.set_times("/w/c", -1500).unwrap();
    lab.mkdir("/w/g").unwrap();
    lab.set_times("/w/g", 2000).unwrap();
    lab.append("/w/b", "+").unwrap();
    // An empty write is none.
    lab.append("/w/a", "").unwrap();
    lab.rename("/w/d/x", "/w/x").unwrap();
    lab.set_times("/w/x", 3000).unwrap();
    lab.set_mode("/w/x", 0o600).unwrap();
    lab.write("/w/e/f/z", "below, not in it").unwrap();
    assert_eq!(lab.stat("/w/a").modified, 1_000_000_000_123);
    assert!(lab.stat("/w/b").modified > 1_600_000_000_000);
    assert!(lab.stat("/w/d").modified > 1_600_000_000_000, "a name left it");
    assert_eq!(
        lab.changes(),
        [
            "t /w/a",
            "~ /w/b",
            "t /w/c",
            "t /w/e/",
            "+ /w/e/f/z",
            "+ /w/g/",
            "+ /w/n",
            "> /w/d/x /w/x",
        ]
    );
    apply_twice(&lab);
    for name in ["a", "n", "e"] {
        assert_eq!(modified(&lab, name), 1_000_000_000_123, "{name}");
    }
    assert_eq!((modified(&lab, "g"), modified(&lab, "x")), (2000, 3000));
    let before = UNIX_EPOCH - Duration::from_millis(1500);
    assert_eq!(fs::metadata(lab.host("c")).unwrap().modified().unwrap(), before);
}

#[test]
fn permissions_that_the_host_changed_are_a_conflict() {
    let mut lab = Lab::new(HOST);
    for name in ["/w/a", "/w/b", "/w/d", "/w/e"] {
        lab.set_mode(name, 0o711).unwrap();
    }
    chmod(&lab, "a", 0o600);
    fs::write(lab.host("b"), "changed").unwrap();
    chmod(&lab, "d", 0o700);
    let changeset = lab.overlay.changeset();
    let report = apply(&changeset, |_| true);
    let outcomes: Vec<_> = report.changes.iter().map(|one| one.outcome.clone()).collect();
    let changed = Outcome::Conflict(Conflict::Changed);
    assert_eq!(outcomes, [changed.clone(), changed.clone(), changed, Outcome::Applied]);
    assert_eq!(["a", "b", "d", "e"].map(|name| mode(&lab, name)), [0o600, 0o644, 0o700, 0o711]);
    let stale: Vec<_> = diff(&changeset).into_iter().filter(|one| one.stale).collect();
    assert_eq!(stale.len(), 3);
}

#[test]
fn handles_and_names_have_one_mode() {
    let mut lab = Lab::new(HOST);
    lab.link("/w/a", "/w/n").unwrap();
    let handle = lab.open("/w/n").unwrap();
    lab.set_mode("/w/n", 0o750).unwrap();
    lab.set_times("/w/n", 1000).unwrap();
    let stat = lab.overlay.stat_open(&handle).unwrap();
    assert_eq!((stat.mode, stat.modified), (0o750, 1000));
    assert_eq!(lab.stat("/w/a").mode, 0o750);
    assert_eq!(lab.changes(), ["m /w/a", "+ /w/n"]);
    apply_twice(&lab);
    assert_eq!((mode(&lab, "a"), mode(&lab, "n"), modified(&lab, "n")), (0o750, 0o750, 1000));
}
