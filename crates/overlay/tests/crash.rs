//! Whoever applies a changeset is killed at any moment: each path is in its old or its new state,
//! and applying again finishes the rest.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use aether_overlay::{Changeset, apply};
use common::{Lab, tree};

const HOST: &[(&str, &str)] = &[
    ("a", "old a"),
    ("b", "old b"),
    ("gone", "g"),
    ("from", "moved"),
    ("d/x", "x"),
    ("d/y/z", "z"),
    ("over", "old over"),
];
const APPLIED: &[&str] = &["a=new a", "b=old b+", "over=moved", "p/", "p/q/", "p/q/n=n", "x=x"];

/// How often the one who applies is killed.
const KILLS: u64 = 60;

fn changed() -> Lab {
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "new a").unwrap();
    lab.append("/w/b", "+").unwrap();
    lab.remove_file("/w/gone").unwrap();
    lab.rename("/w/from", "/w/over").unwrap();
    lab.rename("/w/d/x", "/w/x").unwrap();
    lab.remove_tree("/w/d").unwrap();
    lab.mkdir_all("/w/p/q").unwrap();
    lab.write("/w/p/q/n", "n").unwrap();
    lab
}

/// Not a test of its own: what [`killed_at_any_moment`] runs and kills.
#[test]
fn child() {
    if let Some(store) = std::env::var_os("OVERLAY_TEST_STORE") {
        assert!(apply(&Changeset::load(Path::new(&store)).unwrap(), |_| true).is_complete());
    }
}

#[test]
fn killed_at_any_moment() {
    for round in 0..KILLS {
        interrupted_by(|mut child| {
            let mut child = child.spawn().unwrap();
            // From before it has begun to after it has ended, on a quiet machine.
            std::thread::sleep(Duration::from_micros(500 * round));
            child.kill().unwrap();
            child.wait().unwrap().success()
        });
    }
}

/// The same at each call that changes something on the host, where `strace` is there to do it.
#[test]
fn killed_at_every_change() {
    if Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        return;
    }
    for call in ["renameat2", "linkat", "unlinkat", "mkdirat", "fsync", "write"] {
        let mut killed = 0;
        while !interrupted_by(|child| {
            let mut traced = Command::new("strace");
            traced.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            traced.args(["-e", &format!("inject={call}:signal=KILL:when={}", killed + 1)]);
            traced.arg(child.get_program()).args(child.get_args());
            traced.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
            traced.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
        }) {
            killed += 1;
        }
        assert!(killed > 0, "{call} was never made");
    }
}

/// Lets a child apply a changeset under `run`, which tells whether it got through.
fn interrupted_by(run: impl FnOnce(Command) -> bool) -> bool {
    let lab = changed();
    let store = lab.dir.path().join("store");
    lab.overlay.changeset().save(&store).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child", "--test-threads=1"]).env("OVERLAY_TEST_STORE", &store);
    child.stdout(Stdio::null()).stderr(Stdio::null());
    let through = run(child);
    check_interrupted(&lab);
    finish(&lab, &store);
    through
}

/// Each path is as before or as after.
fn check_interrupted(lab: &Lab) {
    let read = |name: &str| fs::read_to_string(lab.host(name)).ok();
    let among = |name: &str, allowed: &[Option<&str>]| {
        assert!(allowed.contains(&read(name).as_deref()), "{name}: {:?}", read(name));
    };
    among("a", &[Some("old a"), Some("new a")]);
    among("b", &[Some("old b"), Some("old b+")]);
    among("gone", &[Some("g"), None]);
    among("over", &[Some("old over"), Some("moved")]);
    among("d/y/z", &[Some("z"), None]);
    among("p/q/n", &[None, Some("n")]);
    assert!(
        (read("x").as_deref() == Some("x")) != (read("d/x").as_deref() == Some("x")),
        "it is in one place"
    );
    assert!(
        read("over").as_deref() == Some("moved") || read("from").as_deref() == Some("moved"),
        "it is somewhere"
    );
}

fn finish(lab: &Lab, store: &Path) {
    let report = apply(&Changeset::load(store).unwrap(), |_| true);
    assert!(report.is_complete(), "{report:?}");
    let left: Vec<String> =
        tree(&lab.host("")).into_iter().filter(|line| !line.contains(".aether-")).collect();
    assert_eq!(left, APPLIED);
}
