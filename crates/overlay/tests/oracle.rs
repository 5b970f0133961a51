//! Random operations on an overlay and on a real folder: the answers, what is visible, and in the
//! end what is applied must agree.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use aether_overlay::{Kind, Quota, Resolution, apply, preview};
use common::{Lab, fill, tree};
use proptest::prelude::*;

const HOST: &[(&str, &str)] = &[
    ("a", "content of a"),
    ("b", ""),
    ("d/a", "d's a"),
    ("d/e/b", "deep"),
    ("d/e/c", "deeper"),
    ("c/", ""),
    ("e/a/a", "x"),
    // Not upwards: what is moved must not come to lead out of the folder.
    ("l -> d", ""),
    ("d/m -> a", ""),
];

#[derive(Clone, Debug)]
enum Act {
    Write(String, String),
    Append(String, String),
    WriteAt(String, u64, String),
    Truncate(String, u64),
    Mkdir(String),
    MkdirAll(String),
    RemoveFile(String),
    RemoveFolder(String),
    RemoveTree(String),
    Rename(String, String),
    Read(String),
    List(String),
    /// Takes a changeset, so that contents are shared meanwhile.
    Look,
}

fn names() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![4 => "[a-e]", 3 => "[ad]", 1 => "[lm]"], 1..4)
        .prop_map(|names| names.join("/"))
}

fn acts() -> impl Strategy<Value = Act> {
    let content = "[xyz\n]{0,6}";
    prop_oneof![
        3 => (names(), content).prop_map(|(at, content)| Act::Write(at, content)),
        2 => (names(), content).prop_map(|(at, content)| Act::Append(at, content)),
        1 => (names(), 0..20u64, content).prop_map(|(at, offset, content)| Act::WriteAt(at, offset, content)),
        1 => (names(), 0..20u64).prop_map(|(at, len)| Act::Truncate(at, len)),
        2 => names().prop_map(Act::Mkdir),
        1 => names().prop_map(Act::MkdirAll),
        2 => names().prop_map(Act::RemoveFile),
        1 => names().prop_map(Act::RemoveFolder),
        1 => names().prop_map(Act::RemoveTree),
        6 => (names(), names()).prop_map(|(from, to)| Act::Rename(from, to)),
        1 => names().prop_map(Act::Read),
        1 => names().prop_map(Act::List),
        1 => Just(Act::Look),
    ]
}

type Answer = Result<String, &'static str>;

fn on_overlay(lab: &mut Lab, act: &Act) -> Answer {
    let w = |name: &str| format!("/w/{name}");
    match act {
        Act::Write(at, content) => lab.write(&w(at), content).map(|()| String::new()),
        Act::Append(at, content) => lab.append(&w(at), content).map(|()| String::new()),
        Act::WriteAt(at, offset, content) => {
            lab.write_at(&w(at), *offset, content).map(|()| String::new())
        }
        Act::Truncate(at, len) => lab.truncate(&w(at), *len).map(|()| String::new()),
        Act::Mkdir(at) => lab.mkdir(&w(at)).map(|()| String::new()),
        Act::MkdirAll(at) => lab.mkdir_all(&w(at)).map(|()| String::new()),
        Act::RemoveFile(at) => lab.remove_file(&w(at)).map(|()| String::new()),
        Act::RemoveFolder(at) => lab.remove_folder(&w(at)).map(|()| String::new()),
        Act::RemoveTree(at) => lab.remove_tree(&w(at)).map(|()| String::new()),
        Act::Rename(from, to) => lab.rename(&w(from), &w(to)).map(|()| String::new()),
        Act::Read(at) => lab.read(&w(at)),
        Act::List(at) => lab.list(&w(at)).map(|names| names.join(",")),
        Act::Look => {
            lab.overlay.changeset();
            Ok(String::new())
        }
    }
}

fn on_host(top: &Path, act: &Act) -> Answer {
    let done = match act {
        Act::Write(at, content) => fs::write(top.join(at), content).map(|()| String::new()),
        Act::Append(at, content) => {
            let opened = fs::OpenOptions::new().append(true).create(true).open(top.join(at));
            opened.and_then(|mut file| file.write_all(content.as_bytes())).map(|()| String::new())
        }
        Act::WriteAt(at, offset, content) => {
            let opened = fs::OpenOptions::new().write(true).open(top.join(at));
            let write =
                |file| std::os::unix::fs::FileExt::write_all_at(&file, content.as_bytes(), *offset);
            opened.and_then(write).map(|()| String::new())
        }
        Act::Truncate(at, len) => {
            let opened = fs::OpenOptions::new().write(true).open(top.join(at));
            opened.and_then(|file| file.set_len(*len)).map(|()| String::new())
        }
        Act::Mkdir(at) => fs::create_dir(top.join(at)).map(|()| String::new()),
        Act::MkdirAll(at) => fs::create_dir_all(top.join(at)).map(|()| String::new()),
        Act::RemoveFile(at) => fs::remove_file(top.join(at)).map(|()| String::new()),
        Act::RemoveFolder(at) => fs::remove_dir(top.join(at)).map(|()| String::new()),
        Act::RemoveTree(at) => match fs::symlink_metadata(top.join(at)) {
            Ok(meta) if meta.is_dir() => fs::remove_dir_all(top.join(at)),
            Ok(_) => fs::remove_file(top.join(at)),
            Err(error) => Err(error),
        }
        .map(|()| String::new()),
        Act::Rename(from, to) => fs::rename(top.join(from), top.join(to)).map(|()| String::new()),
        Act::Read(at) => fs::read_to_string(top.join(at)),
        Act::List(at) => fs::read_dir(top.join(at)).map(|entries| {
            let mut names: Vec<_> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names.join(",")
        }),
        Act::Look => Ok(String::new()),
    };
    done.map_err(|error: io::Error| match error.raw_os_error() {
        Some(2) => "ENOENT",
        Some(17) => "EEXIST",
        Some(20) => "ENOTDIR",
        Some(21) => "EISDIR",
        Some(22) => "EINVAL",
        Some(39) => "ENOTEMPTY",
        Some(40) => "ELOOP",
        other => panic!("{other:?} {error}"),
    })
}

/// A rename can be wrong in several ways at once; which is told differs between systems.
fn agree(act: &Act, overlay: &Answer, host: &Answer) -> bool {
    match (overlay, host) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        (Err(ours), Err(theirs)) => ours == theirs || matches!(act, Act::Rename(..)),
        _ => false,
    }
}

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
                Kind::Symlink => found.push(format!("{short} -> ")),
                _ => found.push(format!("{short}={}", lab.read(&at).unwrap())),
            }
        }
    }
    let mut found = Vec::new();
    below(lab, "/w", &mut found);
    found.sort();
    found
}

/// Whether a symlink on the way leads nowhere. We then make what it leads to; others fail.
fn dangles(top: &Path, at: &str) -> bool {
    top.join(at).ancestors().any(|path| path.is_symlink() && !path.exists())
}

/// What of a tree is visible through an overlay: symlinks, but not their targets.
fn seen_of(mut tree: Vec<String>) -> Vec<String> {
    for line in &mut tree {
        if let Some(arrow) = line.find(" -> ") {
            line.truncate(arrow + 4);
        }
    }
    tree
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_overlay_behaves_as_a_folder_does(acts in prop::collection::vec(acts(), 1..40), walk in any::<bool>()) {
        let resolution = if walk { Resolution::Walk } else { Resolution::Auto };
        let mut lab = Lab::with(HOST, Quota::default(), resolution);
        let real = tempfile::tempdir().unwrap();
        fill(real.path(), HOST);
        let untouched = tree(real.path());
        for act in &acts {
            if matches!(act, Act::MkdirAll(at) if dangles(real.path(), at)) {
                continue;
            }
            let (ours, theirs) = (on_overlay(&mut lab, act), on_host(real.path(), act));
            prop_assert!(agree(act, &ours, &theirs), "{:?}: {:?}, a folder {:?}", act, ours, theirs);
        }
        prop_assert_eq!(visible(&lab), seen_of(tree(real.path())));
        prop_assert_eq!(tree(&lab.host("")), untouched);

        let changeset = lab.overlay.changeset();
        let store = lab.dir.path().join("store");
        changeset.save(&store).unwrap();
        let changeset = aether_overlay::Changeset::load(&store).unwrap();
        let foreseen = preview(&changeset, |_| true);
        let report = apply(&changeset, |_| true);
        prop_assert!(report.is_complete() && foreseen.is_complete(), "{:?}", report);
        prop_assert_eq!(tree(&lab.host("")), tree(real.path()), "applied {:?}", report);
        let again = apply(&changeset, |_| true);
        prop_assert!(again.is_complete(), "again {:?}", again);
        prop_assert_eq!(tree(&lab.host("")), tree(real.path()), "applied again {:?}", again);
    }

    #[test]
    fn usage_is_what_is_left(acts in prop::collection::vec(acts(), 1..40)) {
        let mut lab = Lab::with(&[], Quota { bytes: 3000, entries: 8 }, Resolution::Auto);
        for act in &acts {
            let _ = on_overlay(&mut lab, act);
            let used = lab.overlay.usage();
            prop_assert!(used.bytes <= 3000 && used.entries <= 8, "{:?}", used);
        }
        for name in lab.list("/w").unwrap() {
            lab.remove_tree(&format!("/w/{name}")).unwrap();
        }
        prop_assert_eq!(lab.overlay.usage(), aether_overlay::Usage::default());
    }
}
