//! What is shown of changes: what is there already, what would conflict, and what to look at.

#![cfg(target_os = "linux")]

mod common;

use std::fs;

use aether_overlay::{DiffBody, FileDiff, apply, diff};
use aether_path::PathPattern;
use common::Lab;

const HOST: &[(&str, &str)] = &[
    ("a", "old a\n"),
    ("b", "old b\n"),
    ("gone", "last words\n"),
    ("from", "moved\n"),
    ("d/x", "x\n"),
    (".ssh/config", "Host *\n"),
    ("l -> a", ""),
];

fn busy() -> Lab {
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "new a\n").unwrap();
    lab.append("/w/b", "+\n").unwrap();
    lab.remove_file("/w/gone").unwrap();
    lab.rename("/w/from", "/w/to").unwrap();
    lab.remove_tree("/w/d").unwrap();
    lab.mkdir("/w/p").unwrap();
    lab.write("/w/p/n", "n\n").unwrap();
    lab.append("/w/.ssh/config", "ProxyCommand sh\n").unwrap();
    lab.rename("/w/l", "/w/m").unwrap();
    lab
}

fn paths(shown: &[FileDiff], test: impl Fn(&FileDiff) -> bool) -> Vec<&str> {
    shown.iter().filter(|one| test(one)).map(|one| one.path.as_str()).collect()
}

#[test]
fn what_has_been_applied_is_there_and_no_conflict() {
    let lab = busy();
    let changeset = lab.overlay.changeset();
    let shown = diff(&changeset);
    assert_eq!(paths(&shown, |one| one.already_there || one.stale), [""; 0]);
    let only = PathPattern::parse("/w/*").unwrap();
    assert!(apply(&changeset, |change| only.matches(&change.path)).with(|_| true).count() > 0);
    let shown = diff(&changeset);
    assert_eq!(
        paths(&shown, |one| one.already_there),
        ["/w/a", "/w/b", "/w/gone", "/w/m", "/w/p", "/w/to"]
    );
    assert!(shown.iter().all(|one| !one.already_there || one.body == DiffBody::Same));
    assert!(!shown.iter().any(|one| matches!(one.body, DiffBody::Unreadable(_))), "{shown:?}");
    assert!(apply(&changeset, |_| true).is_complete());
    let shown = diff(&changeset);
    assert!(shown.iter().all(|one| one.already_there && !one.stale), "{shown:?}");
}

#[test]
fn what_would_conflict_is_stale() {
    let lab = busy();
    fs::write(lab.host("a"), "host a\n").unwrap();
    fs::write(lab.host("to"), "host to\n").unwrap();
    fs::write(lab.host("d/new"), "host\n").unwrap();
    fs::write(lab.host("p"), "host\n").unwrap();
    let shown = diff(&lab.overlay.changeset());
    assert_eq!(paths(&shown, |one| one.stale), ["/w/a", "/w/d", "/w/p", "/w/p/n", "/w/to"]);
}

#[test]
fn what_to_look_at_is_told() {
    let lab = busy();
    fs::hard_link(lab.host("a"), lab.host("a2")).unwrap();
    fs::hard_link(lab.host("a"), lab.host("a3")).unwrap();
    fs::hard_link(lab.host("from"), lab.host("from2")).unwrap();
    let shown = diff(&lab.overlay.changeset());
    assert_eq!(paths(&shown, |one| one.dotfile), ["/w/.ssh/config"]);
    assert_eq!(paths(&shown, |one| one.symlink), ["/w/m"]);
    let split: Vec<_> = shown.iter().filter(|one| one.links > 0).collect();
    let split: Vec<_> = split.iter().map(|one| (one.path.as_str(), one.links)).collect();
    assert_eq!(split, [("/w/a", 2)], "what is only renamed keeps its other names");
    for one in &shown {
        assert_eq!(one.host, lab.host(one.path.as_str().trim_start_matches("/w/")));
    }
}
