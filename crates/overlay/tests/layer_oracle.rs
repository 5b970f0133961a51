//! Random operations over the kernel's overlay and in a plain copy of the folder: what the layer is
//! read as, applied, must make the folder what the copy is.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use aether_overlay::{Changeset, Quota, Resolution, apply, preview};
use common::layer::{Lab, kernel};
use common::{cases, fill, mode, tree};
use proptest::prelude::*;

const HOST: &[(&str, &str)] = &[
    ("a", "content of a"),
    ("b", ""),
    ("d/a", "d's a"),
    ("d/e/b", "deep"),
    ("d/e/c", "deeper"),
    ("c/", ""),
    ("e/a/a", "x"),
    ("e/b", "more"),
];

/// A line of shell; what fails does so in both places. No hard links: over an overlay, programs do not
/// always see that two names are one file.
fn acts() -> impl Strategy<Value = String> {
    let name = || prop::collection::vec("[a-e]", 1..4).prop_map(|names| names.join("/"));
    let text = || "[xyz]{0,6}";
    prop_oneof![
        3 => (name(), text()).prop_map(|(at, text)| format!("printf '{text}' > {at}")),
        2 => (name(), text()).prop_map(|(at, text)| format!("printf '{text}' >> {at}")),
        1 => (name(), 0..20).prop_map(|(at, len)| format!("truncate -c -s {len} {at}")),
        1 => (name(), 0..9, text()).prop_map(|(at, offset, text)| {
            format!("[ ! -f {at} ] || printf '{text}' | dd of={at} bs=1 seek={offset} conv=notrunc")
        }),
        2 => name().prop_map(|at| format!("mkdir {at}")),
        1 => name().prop_map(|at| format!("mkdir -p {at}")),
        2 => name().prop_map(|at| format!("rm {at}")),
        1 => name().prop_map(|at| format!("rmdir {at}")),
        3 => name().prop_map(|at| format!("rm -r {at}")),
        1 => name().prop_map(|at| format!("touch -c {at}; chmod u+x {at}; chmod u-x {at}; [ ! -d {at} ] || chmod u+x {at}")),
        2 => (name(), "[67][0145][045]").prop_map(|(at, mode)| {
            format!("[ -L {at} ] || chmod {mode} {at}; [ ! -d {at} ] || chmod u+x {at}")
        }),
        2 => (name(), name()).prop_map(|(target, at)| format!("ln -sT {target} {at}")),
        5 => (name(), name()).prop_map(|(from, to)| format!("mv -T {from} {to}")),
        2 => (name(), name()).prop_map(|(from, to)| format!("cp -rT {from} {to}")),
        1 => (name(), name()).prop_map(|(at, by)| {
            // A tree made anew in the place of another.
            format!("rm -r {at} && mkdir {at} && printf new > {at}/a && cp {by} {at}/b")
        }),
    ]
}

/// Everything in a folder, with the permissions of each; without where this user restricts those of
/// new files, which applying minds and the scripts do not.
fn with_modes(top: &Path) -> Vec<String> {
    let dir = tempfile::tempdir().expect("a folder");
    let probe = dir.path().join("probe");
    fs::create_dir(&probe).expect("a folder");
    if mode(&probe) != 0o755 {
        return tree(top);
    }
    let line = |line: String| {
        let name = line.split(['=', ' ']).next().unwrap_or_default();
        format!("{line} {:o}", mode(&top.join(name)))
    };
    tree(top).into_iter().map(line).collect()
}

fn in_plain_folder(top: &Path, script: &str) {
    let out = Command::new("sh").args(["-c", script]).current_dir(top).output();
    assert!(out.expect("a shell").status.success());
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(96),
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_layer_applied_is_what_the_program_saw(
        acts in prop::collection::vec(acts(), 1..24),
        walk in any::<bool>(),
    ) {
        if !kernel() {
            return Ok(());
        }
        let lab = Lab::new(HOST);
        let copy = lab.at("copy");
        fs::create_dir(&copy).expect("a folder");
        fill(&copy, HOST);
        let script = format!("exec 2>/dev/null\numask 022\n{}\ntrue", acts.join("\n"));
        lab.run_and_keep(&script);
        in_plain_folder(&copy, &script);
        let copy = with_modes(&copy);
        prop_assert_eq!(&with_modes(&lab.at("shown")), &copy, "the kernel shows the same");

        let resolution = if walk { Resolution::Walk } else { Resolution::Auto };
        let written = lab.read_with(Quota::default(), resolution);
        prop_assert_eq!(&written.left_out, &[]);
        prop_assert_eq!(written.changes.is_empty(), copy == with_modes(&lab.at("host")));
        let stored = lab.at("stored");
        written.changes.save(&stored).expect("saved");
        let changes = Changeset::load(&stored).expect("loaded");
        prop_assert_eq!(&changes, &written.changes);

        prop_assert!(preview(&changes, |_| true).is_complete());
        let report = apply(&changes, |_| true);
        prop_assert!(report.is_complete(), "{:?}", report);
        prop_assert_eq!(&with_modes(&lab.at("host")), &copy);
        prop_assert!(lab.read().changes.is_empty(), "nothing is left to be changed");
    }
}
