//! Random trees and random changes: what is applied is what the overlay showed, and what the host
//! has made of it meanwhile stays.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aether_overlay::{
    ApplyReport, Atomicity, Kind, Outcome, Resumed, apply_journalled, journal_waits, resume,
};
use common::{Lab, fill, tree};
use proptest::prelude::*;

/// What a plugin does, or somebody on the host.
#[derive(Clone, Debug)]
enum Act {
    Write(String),
    Append(String),
    MkdirAll(String),
    RemoveTree(String),
    Rename(String, String),
}

fn names() -> impl Strategy<Value = String> {
    prop::collection::vec("[a-d]", 1..4).prop_map(|names| names.join("/"))
}

fn acts() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => names().prop_map(Act::Write),
        2 => names().prop_map(Act::Append),
        1 => names().prop_map(Act::MkdirAll),
        2 => names().prop_map(Act::RemoveTree),
        6 => (names(), names()).prop_map(|(from, to)| Act::Rename(from, to)),
    ]
}

/// A host: files, of which some have other permissions, folders and symlinks, where there are any.
fn trees() -> impl Strategy<Value = Vec<(String, u8)>> {
    prop::collection::vec((names(), 0..8u8), 0..12)
}

fn grow(top: &Path, nodes: &[(String, u8)]) {
    for (number, (name, kind)) in nodes.iter().enumerate() {
        let at = top.join(name);
        let free = fs::symlink_metadata(&at).is_err();
        let folder = at.parent().expect("a folder");
        if !free || fs::create_dir_all(folder).is_err() || folder.is_symlink() {
            continue;
        }
        match kind {
            0 if cfg!(unix) => fill(top, &[(&format!("{name} -> nowhere"), "")]),
            0..=2 => fs::create_dir(&at).expect("a folder"),
            _ => {
                fs::write(&at, format!("host {number}")).expect("a file");
                permit(&at, *kind == 3);
            }
        }
    }
}

#[cfg(unix)]
fn permit(at: &Path, otherwise: bool) {
    use std::os::unix::fs::PermissionsExt;
    let mode = if otherwise { 0o755 } else { 0o640 };
    fs::set_permissions(at, fs::Permissions::from_mode(mode)).expect("a mode");
}

/// There is one permission, to write it.
#[cfg(windows)]
fn permit(at: &Path, otherwise: bool) {
    let mut permissions = fs::metadata(at).expect("metadata").permissions();
    permissions.set_readonly(otherwise);
    fs::set_permissions(at, permissions).expect("read-only or not");
}

fn act(lab: &mut Lab, number: usize, act: &Act) {
    let w = |name: &str| format!("/w/{name}");
    let _ = match act {
        Act::Write(at) => lab.write(&w(at), &format!("plugin {number}")),
        Act::Append(at) => lab.append(&w(at), &format!(", {number}")),
        Act::MkdirAll(at) => lab.mkdir_all(&w(at)),
        Act::RemoveTree(at) => lab.remove_tree(&w(at)),
        Act::Rename(from, to) => lab.rename(&w(from), &w(to)),
    };
}

/// The same on the host; contents tell who wrote them.
fn meddle(top: &Path, number: usize, act: &Act) {
    let _ = match act {
        Act::Write(at) => fs::write(top.join(at), format!("meddled {number}")),
        Act::Append(at) => fs::read(top.join(at)).and_then(|mut text| {
            text.extend(format!(", meddled {number}").bytes());
            fs::write(top.join(at), text)
        }),
        Act::MkdirAll(at) => fs::create_dir_all(top.join(at)),
        Act::RemoveTree(at) => fs::remove_dir_all(top.join(at)),
        Act::Rename(from, to) => fs::rename(top.join(from), top.join(to)),
    };
}

/// What the overlay shows. Symlinks are told as such.
fn visible(lab: &Lab) -> Vec<String> {
    fn below(lab: &Lab, folder: &str, found: &mut Vec<String>) {
        for name in lab.list(folder).unwrap() {
            let at = format!("{folder}/{name}");
            let short = at.trim_start_matches("/w/");
            match lab.overlay.stat(&lab.itself(&at).unwrap()).unwrap().kind {
                Kind::Folder => {
                    found.push(format!("{short}/"));
                    below(lab, &at, found);
                }
                Kind::Symlink => found.push(format!("{short} -> nowhere")),
                _ => found.push(format!("{short}={}", lab.read(&at).unwrap())),
            }
        }
    }
    let mut found = Vec::new();
    below(lab, "/w", &mut found);
    found.sort();
    found
}

/// Permissions by content: a file takes them along.
fn modes(top: &Path) -> BTreeMap<String, fs::Permissions> {
    let files = tree(top).into_iter().filter_map(|line| {
        let (name, content) = line.split_once('=')?;
        Some((content.to_owned(), fs::metadata(top.join(name)).ok()?.permissions()))
    });
    files.collect()
}

fn grown(nodes: &[(String, u8)], changes: &[Act]) -> Lab {
    let mut lab = Lab::new(&[]);
    grow(&lab.host(""), nodes);
    for (number, one) in changes.iter().enumerate() {
        act(&mut lab, number, one);
    }
    lab
}

fn applied(lab: &Lab, atomicity: Atomicity, select: impl Fn(&str) -> bool) -> ApplyReport {
    let changeset = lab.overlay.changeset();
    let journal = lab.dir.path().join("journal");
    let select = |_, change: &aether_overlay::Change| select(change.path.as_str());
    let reports = apply_journalled(&[&changeset], select, atomicity, &journal).unwrap();
    assert!(!journal_waits(&journal).unwrap());
    assert_eq!(resume(&[&changeset], &journal).unwrap(), Resumed::Nothing);
    reports.into_iter().next().unwrap()
}

/// Under Wine a case takes a third of a second.
fn config() -> ProptestConfig {
    let usual = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if cfg!(windows) { ProptestConfig { cases: 24, ..usual } } else { usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_host_becomes_what_the_overlay_showed(
        nodes in trees(),
        changes in prop::collection::vec(acts(), 1..25),
        all in any::<bool>(),
    ) {
        let lab = grown(&nodes, &changes);
        let (seen, before) = (visible(&lab), modes(&lab.host("")));
        let atomicity = if all { Atomicity::All } else { Atomicity::Each };
        let report = applied(&lab, atomicity, |_| true);
        prop_assert!(report.is_complete(), "{:?}", report);
        prop_assert_eq!(tree(&lab.host("")), seen, "{:?}", report);
        // What kept its content kept its mode.
        for (content, mode) in modes(&lab.host("")) {
            if let Some(then) = before.get(&content) {
                prop_assert_eq!(then, &mode, "{} of {:?}", content, report);
            }
        }
        let again = applied(&lab, atomicity, |_| true);
        prop_assert!(again.with(|outcome| *outcome == Outcome::Applied).count() == 0, "{:?}", again);
    }

    #[test]
    fn what_is_applied_in_parts_is_the_same_in_the_end(
        nodes in trees(),
        changes in prop::collection::vec(acts(), 1..25),
        first in "[a-d]",
    ) {
        let lab = grown(&nodes, &changes);
        let seen = visible(&lab);
        applied(&lab, Atomicity::Each, |path| !path.contains(first.as_str()));
        prop_assert!(tree(&lab.host("")).iter().all(|line| !line.contains(".aether-")));
        let report = applied(&lab, Atomicity::Each, |_| true);
        if report.is_complete() {
            prop_assert_eq!(tree(&lab.host("")), seen);
        }
    }

    #[test]
    fn what_the_host_made_of_it_meanwhile_stays(
        nodes in trees(),
        changes in prop::collection::vec(acts(), 1..20),
        meddling in prop::collection::vec(acts(), 1..6),
        all in any::<bool>(),
    ) {
        let lab = grown(&nodes, &changes);
        let seen = visible(&lab);
        for (number, act) in meddling.iter().enumerate() {
            meddle(&lab.host(""), number, act);
        }
        let before = tree(&lab.host(""));
        let atomicity = if all { Atomicity::All } else { Atomicity::Each };
        let report = applied(&lab, atomicity, |_| true);
        let after = tree(&lab.host(""));
        for line in before.iter().filter(|line| line.contains("meddled")) {
            prop_assert!(after.contains(line), "{} is gone: {:?}", line, report);
        }
        for line in &after {
            prop_assert!(before.contains(line) || seen.contains(line), "{}: {:?}", line, report);
        }
        if all && !report.is_complete() {
            prop_assert_eq!(after, before, "{:?}", report);
        }
    }
}
