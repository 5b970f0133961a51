//! Staging trees: what is laid, and what is read back when a program has ended.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use aether_overlay::{
    LeftOut, LeftOutReason, MAX_DEPTH, Mount, Outcome, Quota, QuotaKind, Resolution, SetupError,
    Stage, StageConfig, StageError, StageKind, StagedPlace, Usage, Written, apply,
};
use common::{cases, fill, outcomes, path, short, tree};
use proptest::prelude::*;
use tempfile::TempDir;

const HOST: &[(&str, &str)] = &[("a", "old a"), ("d/x", "old x"), ("d/y/z", "old z"), ("e/", "")];

/// A granted folder `host`, mounted at `/w`, and the folder `stage` that it is laid into.
struct Lab {
    dir: TempDir,
    places: Vec<StagedPlace>,
    copied: Quota,
}

impl Lab {
    fn new(host: &[(&str, &str)]) -> Self {
        let lab = Self::empty(host);
        lab.with("/w", "host", StageKind::Copied, "stage")
    }

    /// Without any place yet.
    fn empty(host: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let lab = Self { dir, places: Vec::new(), copied: Quota::default() };
        fs::create_dir(lab.at("host")).expect("a folder");
        fill(&lab.at("host"), host);
        lab
    }

    fn at(&self, name: &str) -> PathBuf {
        let top = self.dir.path().canonicalize().expect("its path");
        name.split('/').fold(top, |at, name| at.join(name))
    }

    fn host(&self, name: &str) -> PathBuf {
        self.at(&format!("host/{name}"))
    }

    fn stage(&self, name: &str) -> PathBuf {
        self.at(&format!("stage/{name}"))
    }

    /// With one more place, a folder.
    fn with(mut self, at: &str, host: &str, kind: StageKind, into: &str) -> Self {
        let into = self.at(into);
        fs::create_dir_all(&into).expect("a folder");
        let mount = Mount::folder(path(at), self.at(host));
        self.places.push(StagedPlace { mount, kind, into });
        self
    }

    /// With one more place, a single file.
    fn with_file(mut self, at: &str, host: &str, kind: StageKind, into: &str) -> Self {
        let into = self.at(into);
        fs::create_dir_all(into.parent().expect("a folder")).expect("a folder");
        File::create(&into).expect("a file");
        let mount = Mount::file(path(at), self.at(host));
        self.places.push(StagedPlace { mount, kind, into });
        self
    }

    fn try_lay(&self) -> Result<Stage, StageError> {
        let (places, copied) = (self.places.clone(), self.copied);
        Stage::lay(StageConfig { places, copied, resolution: Resolution::Auto })
    }

    fn lay(&self) -> Stage {
        self.try_lay().expect("a staging tree")
    }

    /// Reads back, checks what is found, applies it, and checks what the host has then.
    #[track_caller]
    fn check(&self, stage: Stage, changes: &[&str], left_out: &[&str], host: &[&str]) {
        let written = stage.written(Quota::default());
        assert_eq!(short(&written.changes), changes);
        assert_eq!(said(&written.left_out), left_out);
        let report = apply(&written.changes, |_| true);
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(tree(&self.at("host")), host);
    }
}

fn said(left_out: &[LeftOut]) -> Vec<String> {
    left_out.iter().map(|one| format!("{}: {}", one.path, one.reason)).collect()
}

fn reasons(written: &Written) -> Vec<(&str, LeftOutReason)> {
    written.left_out.iter().map(|one| (one.path.as_str(), one.reason)).collect()
}

fn quota(bytes: u64, entries: u64) -> Quota {
    Quota { bytes, entries }
}

fn set_read_only(at: &Path, read_only: bool) {
    let mut permissions = at.metadata().unwrap().permissions();
    permissions.set_readonly(read_only);
    fs::set_permissions(at, permissions).unwrap();
}

#[test]
fn what_is_laid_is_what_the_host_has() {
    let lab = Lab::new(HOST);
    let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    File::options().write(true).open(lab.host("d/x")).unwrap().set_modified(old).unwrap();
    let stage = lab.lay();
    assert_eq!(tree(&lab.at("stage")), tree(&lab.at("host")));
    assert_eq!(lab.stage("d/x").metadata().unwrap().modified().unwrap(), old);
    assert_eq!(stage.copied(), Usage { bytes: 15, entries: 6 });
    assert!(stage.not_shown().is_empty());
}

#[test]
fn nothing_done_is_no_change() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    // Written with the same bytes, and removed and made again.
    fs::write(lab.stage("a"), "old a").unwrap();
    fs::remove_dir_all(lab.stage("d/y")).unwrap();
    fill(&lab.at("stage"), &[("d/y/z", "old z")]);
    lab.check(stage, &[], &[], &["a=old a", "d/", "d/x=old x", "d/y/", "d/y/z=old z", "e/"]);
}

#[test]
fn what_was_changed_is_changed_on_the_host() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::write(lab.stage("a"), "new a").unwrap();
    fs::write(lab.stage("d/x"), "").unwrap();
    fs::remove_file(lab.stage("d/y/z")).unwrap();
    fs::remove_dir(lab.stage("e")).unwrap();
    fill(&lab.at("stage"), &[("n/m/k", "new k"), ("n/empty/", "")]);
    lab.check(
        stage,
        &[
            "~ /w/a",
            "~ /w/d/x",
            "- /w/d/y/z",
            "- /w/e/",
            "+ /w/n/",
            "+ /w/n/empty/",
            "+ /w/n/m/",
            "+ /w/n/m/k",
        ],
        &[],
        &["a=new a", "d/", "d/x=", "d/y/", "n/", "n/empty/", "n/m/", "n/m/k=new k"],
    );
}

#[test]
fn a_folder_that_is_gone_is_removed_with_what_it_held() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    lab.check(stage, &["- /w/d/", "- /w/d/x", "- /w/d/y/", "- /w/d/y/z"], &[], &["a=old a", "e/"]);
}

#[test]
fn a_file_takes_the_place_of_a_folder_and_a_folder_that_of_a_file() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    fs::write(lab.stage("d"), "a file").unwrap();
    fs::remove_file(lab.stage("a")).unwrap();
    fill(&lab.at("stage"), &[("a/n", "in a folder")]);
    let written = stage.written(Quota::default());
    assert!(written.left_out.is_empty(), "{:?}", written.left_out);
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(tree(&lab.at("host")), ["a/", "a/n=in a folder", "d=a file", "e/"]);
}

#[test]
fn a_file_that_was_moved_is_found_again() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::rename(lab.stage("d/x"), lab.stage("moved")).unwrap();
    lab.check(
        stage,
        &["> /w/d/x /w/moved"],
        &[],
        &["a=old a", "d/", "d/y/", "d/y/z=old z", "e/", "moved=old x"],
    );
}

#[test]
fn a_host_file_that_changed_meanwhile_is_a_conflict() {
    let lab =
        Lab::new(&[("a", "old a"), ("b", "old b"), ("c", "old c"), ("t", "old t"), ("u", "u")]);
    let stage = lab.lay();
    fs::write(lab.host("a"), "saved by a person").unwrap();
    // As long as before: length and time tell nothing.
    fs::write(lab.host("b"), "odd b").unwrap();
    fs::remove_file(lab.host("c")).unwrap();
    fs::write(lab.host("n"), "made by a person").unwrap();
    // Written again as it was, which loses nothing.
    fs::write(lab.host("t"), "old t").unwrap();
    fs::write(lab.host("u"), "changed, and the program left it alone").unwrap();
    for name in ["a", "b", "c", "n", "t"] {
        fs::write(lab.stage(name), "the program's").unwrap();
    }
    let written = stage.written(Quota::default());
    let report = apply(&written.changes, |_| true);
    assert_eq!(
        outcomes(&report),
        ["/w/a Changed", "/w/b Changed", "/w/c Missing", "/w/n Exists", "/w/t Applied"]
    );
    assert_eq!(
        tree(&lab.at("host")),
        [
            "a=saved by a person",
            "b=odd b",
            "n=made by a person",
            "t=the program's",
            "u=changed, and the program left it alone"
        ]
    );
}

#[test]
fn what_appeared_on_the_host_is_not_removed() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::write(lab.host("d/x"), "saved by a person").unwrap();
    fs::write(lab.host("d/y/n"), "new").unwrap();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    let report = apply(&stage.written(Quota::default()).changes, |_| true);
    assert_eq!(
        outcomes(&report),
        ["/w/d NotEmpty", "/w/d/x Changed", "/w/d/y NotEmpty", "/w/d/y/z Applied"]
    );
}

#[test]
fn places_within_places_keep_to_their_own() {
    let lab = Lab::empty(&[("in/a", "outer"), ("in/out", "outer"), ("a", "a"), ("f", "f")]);
    fill(&lab.at("inner"), &[("a", "inner"), ("b/c", "inner")]);
    fill(&lab.at(""), &[("single", "single"), ("shown/s", "shown")]);
    let lab = lab
        .with("/w", "host", StageKind::Copied, "stage")
        .with("/w/in", "inner", StageKind::Copied, "stage/in")
        .with("/w/new/deep", "shown", StageKind::Shown, "stage/new/deep")
        .with_file("/w/f", "single", StageKind::Copied, "stage/f");
    let stage = lab.lay();
    let laid = [
        "a=a",
        "f=single",
        "in/",
        "in/a=inner",
        "in/b/",
        "in/b/c=inner",
        "new/",
        "new/deep/",
        "new/deep/s=shown",
    ];
    assert_eq!(tree(&lab.at("stage")), laid);
    fs::write(lab.stage("in/a"), "changed").unwrap();
    fs::remove_dir_all(lab.stage("in/b")).unwrap();
    fs::write(lab.stage("f"), "changed").unwrap();
    fs::write(lab.stage("new/deep/s"), "changed").unwrap();
    fs::write(lab.stage("new/n"), "new").unwrap();
    let written = stage.written(Quota::default());
    assert_eq!(
        short(&written.changes),
        ["~ /w/f", "~ /w/in/a", "- /w/in/b/", "- /w/in/b/c", "+ /w/new/", "+ /w/new/n"]
    );
    assert!(written.left_out.is_empty());
    let report = apply(&written.changes, |_| true);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(tree(&lab.at("inner")), ["a=changed"]);
    assert_eq!(tree(&lab.at("shown")), ["s=shown"]);
    assert_eq!(fs::read_to_string(lab.at("single")).unwrap(), "changed");
    assert_eq!(
        tree(&lab.at("host")),
        ["a=a", "f=f", "in/", "in/a=outer", "in/out=outer", "new/", "new/n=new"]
    );
}

#[test]
fn places_that_lie_within_each_other_in_the_staging_tree_alone() {
    let lab = Lab::empty(&[("a", "a"), ("sub/x", "hidden"), ("b", "b")]);
    fill(&lab.at("other"), &[("o", "o")]);
    let lab = lab.with("/w", "host", StageKind::Copied, "stage").with(
        "/v",
        "other",
        StageKind::Copied,
        "stage/sub",
    );
    let stage = lab.lay();
    assert_eq!(tree(&lab.at("stage")), ["a=a", "b=b", "sub/", "sub/o=o"]);
    fs::write(lab.stage("sub/n"), "n").unwrap();
    let written = stage.written(Quota::default());
    assert_eq!((short(&written.changes), written.left_out), (vec!["+ /v/n".to_owned()], vec![]));
}

#[test]
fn what_is_shown_is_not_read_back() {
    let lab = Lab::empty(HOST).with("/w", "host", StageKind::Shown, "stage");
    let stage = lab.lay();
    assert_eq!(tree(&lab.at("stage")), tree(&lab.at("host")));
    fs::write(lab.stage("a"), "new a").unwrap();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    let before = tree(&lab.at("host"));
    let before: Vec<&str> = before.iter().map(String::as_str).collect();
    lab.check(stage, &[], &[], &before);
}

#[test]
fn a_blank_place_is_empty_and_only_adds() {
    let lab = Lab::empty(HOST).with("/w", "host", StageKind::Blank, "stage");
    let stage = lab.lay();
    assert!(tree(&lab.at("stage")).is_empty());
    assert_eq!(stage.copied(), Usage::default());
    fill(&lab.at("stage"), &[("a", "new a"), ("d/n", "n"), ("n/m", "m"), ("d/y/z", "old z")]);
    lab.check(
        stage,
        &["~ /w/a", "+ /w/d/n", "+ /w/n/", "+ /w/n/m"],
        &[],
        &["a=new a", "d/", "d/n=n", "d/x=old x", "d/y/", "d/y/z=old z", "e/", "n/", "n/m=m"],
    );
}

#[test]
fn what_stands_at_a_blank_place_is_not_replaced_by_another_kind() {
    let lab = Lab::empty(HOST).with("/w", "host", StageKind::Blank, "stage");
    let stage = lab.lay();
    fill(&lab.at("stage"), &[("a/n", "n"), ("d", "a file")]);
    let written = stage.written(Quota::default());
    assert!(written.changes.is_empty());
    let not_shown = LeftOutReason::NotShown;
    assert_eq!(reasons(&written), [("/w/a", not_shown), ("/w/d", not_shown)]);
}

#[test]
fn a_folder_that_the_host_lacks_is_made() {
    let lab = Lab::empty(&[]).with("/w", "host/not/yet", StageKind::Copied, "stage");
    let lab = lab.with("/v", "host/nor/this", StageKind::Blank, "blank");
    let stage = lab.lay();
    fs::write(lab.stage("n"), "n").unwrap();
    let changes = ["+ /w/", "+ /w/n"];
    lab.check(stage, &changes, &[], &["not/", "not/yet/", "not/yet/n=n"]);
}

#[test]
fn single_files_are_written_and_never_removed() {
    let single =
        |kind, host: &[(&str, &str)]| Lab::empty(host).with_file("/f", "host/f", kind, "stage/f");
    for kind in [StageKind::Copied, StageKind::Blank] {
        let lab = single(kind, &[("f", "old")]);
        let content = if kind == StageKind::Copied { "old" } else { "" };
        let stage = lab.lay();
        assert_eq!(fs::read_to_string(lab.stage("f")).unwrap(), content);
        lab.check(stage, &[], &[], &["f=old"]);

        let lab = single(kind, &[("f", "old")]);
        let stage = lab.lay();
        fs::remove_file(lab.stage("f")).unwrap();
        lab.check(stage, &[], &[], &["f=old"]);

        let lab = single(kind, &[("f", "old")]);
        let stage = lab.lay();
        fs::write(lab.stage("f"), "new").unwrap();
        lab.check(stage, &["~ /f"], &[], &["f=new"]);

        // Written with nothing.
        let lab = single(kind, &[("f", "old")]);
        let stage = lab.lay();
        fs::remove_file(lab.stage("f")).unwrap();
        fs::write(lab.stage("f"), "").unwrap();
        lab.check(stage, &["~ /f"], &[], &["f="]);

        let lab = single(kind, &[]);
        let stage = lab.lay();
        lab.check(stage, &[], &[], &[]);

        let lab = single(kind, &[]);
        let stage = lab.lay();
        fs::write(lab.stage("f"), "new").unwrap();
        lab.check(stage, &["+ /f"], &[], &["f=new"]);

        let lab = single(kind, &[("f", "old")]);
        let stage = lab.lay();
        fs::remove_file(lab.stage("f")).unwrap();
        fs::create_dir(lab.stage("f")).unwrap();
        let written = stage.written(Quota::default());
        assert!(written.changes.is_empty());
        assert_eq!(reasons(&written), [("/f", LeftOutReason::MountPoint)]);
    }
}

#[test]
fn read_only_files_are_copied_to_be_written() {
    let lab = Lab::new(&[("a", "old a"), ("b", "old b")]);
    for name in ["a", "b"] {
        set_read_only(&lab.host(name), true);
    }
    let stage = lab.lay();
    fs::write(lab.stage("a"), "new a").unwrap();
    fs::remove_file(lab.stage("b")).unwrap();
    lab.check(stage, &["~ /w/a", "- /w/b"], &[], &["a=new a"]);
    assert!(lab.host("a").metadata().unwrap().permissions().readonly(), "it stays so");
    set_read_only(&lab.host("a"), false);
}

#[test]
fn large_files_are_copied_in_pieces() {
    let large: Vec<u8> = (0..3_500_001_u32).flat_map(u32::to_le_bytes).take(3_500_001).collect();
    let lab = Lab::new(&[("empty", "")]);
    for name in ["a", "b"] {
        fs::write(lab.host(name), &large).unwrap();
    }
    File::create(lab.host("hole")).unwrap().set_len(5 << 20).unwrap();
    let stage = lab.lay();
    assert_eq!(stage.copied().bytes, 2 * 3_500_001 + (5 << 20));
    assert_eq!(fs::read(lab.stage("a")).unwrap(), large);
    assert_eq!(fs::metadata(lab.stage("hole")).unwrap().len(), 5 << 20);
    let mut changed = large.clone();
    changed[3_000_000] ^= 1;
    fs::write(lab.stage("b"), &changed).unwrap();
    let written = stage.written(Quota::default());
    assert_eq!(short(&written.changes), ["~ /w/b"]);
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(
        (fs::read(lab.host("a")).unwrap(), fs::read(lab.host("b")).unwrap()),
        (large, changed)
    );
}

#[test]
fn more_than_may_be_copied_is_an_error() {
    let mut lab = Lab::new(HOST);
    lab.copied = quota(15, 6);
    drop(lab.lay());
    fs::remove_dir_all(lab.at("stage")).unwrap();
    for (copied, kind, text) in [
        (
            quota(14, 6),
            QuotaKind::Bytes,
            "more than 14 bytes would have to be copied, with /w/d/y/z",
        ),
        (
            quota(15, 5),
            QuotaKind::Entries,
            "more than 5 files and folders would have to be copied, with /w/d/y",
        ),
        (
            quota(15, 1),
            QuotaKind::Entries,
            "more than 1 files and folders would have to be copied, with /w",
        ),
    ] {
        fs::create_dir(lab.at("stage")).unwrap();
        lab.copied = copied;
        let error = lab.try_lay().unwrap_err();
        assert_eq!(error.to_string(), text);
        assert!(matches!(error, StageError::TooMuch { kind: found, .. } if found == kind));
        fs::remove_dir_all(lab.at("stage")).unwrap();
    }
}

#[test]
fn places_that_cannot_be_used_are_errors() {
    let lab = Lab::empty(HOST).with("/w", "host/a", StageKind::Copied, "stage");
    assert!(matches!(lab.try_lay(), Err(StageError::NotFolder { .. })));
    let lab = Lab::empty(HOST).with_file("/w", "host/d", StageKind::Copied, "stage/d");
    assert!(matches!(lab.try_lay(), Err(StageError::NotFile { .. })));
    let mut lab = Lab::new(HOST);
    lab.places[0].into = lab.at("missing");
    assert!(matches!(lab.try_lay(), Err(StageError::Into { .. })));
    lab.places[0].into = lab.host("a");
    assert!(matches!(lab.try_lay(), Err(StageError::Into { .. })));
    lab.places[0].into = "relative".into();
    assert!(matches!(lab.try_lay(), Err(StageError::Setup(SetupError::NotAbsolute { .. }))));
    // What is there already is not written over.
    let lab = Lab::new(HOST);
    fs::write(lab.stage("a"), "mine").unwrap();
    assert!(matches!(lab.try_lay(), Err(StageError::Unlaid { .. })));
    assert_eq!(fs::read_to_string(lab.stage("a")).unwrap(), "mine");
}

#[test]
fn bytes_have_an_end() {
    let lab = Lab::new(&[("a", "old a"), ("b", "old b")]);
    let stage = lab.lay();
    File::create(lab.stage("a")).unwrap().set_len(1 << 40).unwrap();
    fs::write(lab.stage("b"), "x".repeat(600)).unwrap();
    fs::write(lab.stage("c"), "x".repeat(600)).unwrap();
    let written = stage.written(quota(1000, 100));
    assert_eq!(short(&written.changes), ["~ /w/b"]);
    assert_eq!(
        reasons(&written),
        [
            ("/w/a", LeftOutReason::TooLong { len: 1 << 40 }),
            ("/w/c", LeftOutReason::TooLong { len: 600 })
        ]
    );
}

#[test]
fn numbers_have_an_end() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    for number in 0..300 {
        fill(&lab.at("stage"), &[(&format!("m/{number}"), "")]);
    }
    fill(&lab.at("stage"), &[("z/y", "y")]);
    let written = stage.written(quota(1 << 20, 100));
    let limit = LeftOutReason::TooMany { limit: 100 };
    assert_eq!(reasons(&written), [("/w/m", limit), ("/w/z", limit)]);
    assert_eq!(
        short(&written.changes),
        ["- /w/d/", "- /w/d/x", "- /w/d/y/", "- /w/d/y/z", "+ /w/m/", "+ /w/z/"]
    );
    // What is removed counts too, and all of it or nothing goes.
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    fs::remove_dir_all(lab.stage("d")).unwrap();
    let written = stage.written(quota(1 << 20, 3));
    assert_eq!(reasons(&written), [("/w/d", LeftOutReason::TooMany { limit: 3 })]);
    assert!(written.changes.is_empty());
}

#[test]
fn what_was_copied_counts_for_nothing() {
    let host: Vec<(String, String)> =
        (0..200).map(|number| (format!("d/{number}"), "x".repeat(100))).collect();
    let host: Vec<(&str, &str)> =
        host.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let lab = Lab::new(&host);
    let stage = lab.lay();
    fs::write(lab.stage("d/7"), "new").unwrap();
    let written = stage.written(quota(3, 4));
    assert_eq!(short(&written.changes), ["~ /w/d/7"]);
    assert!(written.left_out.is_empty());
}

#[test]
fn depth_has_an_end() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    // Names as short as these are within what every system takes.
    let mut at = lab.at("stage");
    for _ in 0..MAX_DEPTH + 40 {
        at = at.join("d");
        if fs::create_dir(&at).is_err() {
            assert!(at.exists());
        }
    }
    let written = stage.written(Quota::default());
    let [left_out] = written.left_out.as_slice() else { panic!("{:?}", written.left_out) };
    assert_eq!(left_out.reason, LeftOutReason::TooDeep);
    // One is the place itself, and one was there.
    assert_eq!(written.changes.changes().len(), MAX_DEPTH - 2);
    assert!(apply(&written.changes, |_| true).is_complete());
}

/// What there is to do with the two spellings depends on the system.
#[cfg(windows)]
#[test]
fn another_spelling_is_no_other_name() {
    let lab = Lab::new(&[("README", "read me"), ("Docs/a", "a"), ("Docs/b", "b")]);
    let stage = lab.lay();
    fs::rename(lab.stage("README"), lab.stage("aside")).unwrap();
    fs::rename(lab.stage("aside"), lab.stage("readme")).unwrap();
    fs::rename(lab.stage("Docs"), lab.stage("aside")).unwrap();
    fs::rename(lab.stage("aside"), lab.stage("docs")).unwrap();
    fs::write(lab.stage("docs/A"), "new a").unwrap();
    fs::remove_file(lab.stage("docs/b")).unwrap();
    lab.check(
        stage,
        &["~ /w/Docs/a", "- /w/Docs/b"],
        &[],
        &["Docs/", "Docs/a=new a", "README=read me"],
    );
}

#[cfg(windows)]
#[test]
fn what_a_blank_place_is_given_finds_the_spelling_of_the_host() {
    let lab = Lab::empty(&[("README", "read me"), ("Docs/a", "a")]);
    let lab = lab.with("/w", "host", StageKind::Blank, "stage");
    let stage = lab.lay();
    fill(&lab.at("stage"), &[("readme", "new"), ("docs/A", "new a"), ("docs/N", "n")]);
    lab.check(
        stage,
        &["+ /w/Docs/N", "~ /w/Docs/a", "~ /w/README"],
        &[],
        &["Docs/", "Docs/N=n", "Docs/a=new a", "README=new"],
    );
}

/// A program can be given a folder, and not the right to put another one in its place.
#[cfg(windows)]
#[test]
fn the_folders_of_a_stage_stay_where_they_are() {
    let lab = Lab::new(HOST);
    let stage = lab.lay();
    assert!(fs::rename(lab.at("stage"), lab.at("away")).is_err());
    assert!(fs::remove_dir_all(lab.at("stage")).is_err());
    drop(stage);
    fs::rename(lab.at("stage"), lab.at("away")).unwrap();
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use aether_overlay::{HostProblem, MAX_LEFT_OUT, SpecialKind};
    use rustix::fs::{CWD, FileType, Mode, mknodat};

    use super::*;

    fn fifo(at: &Path) {
        mknodat(CWD, at, FileType::Fifo, Mode::RUSR, 0).expect("a pipe");
    }

    /// A pipe that is opened would hold the test for ever.
    #[test]
    fn nothing_that_was_planted_is_followed_or_opened() {
        let lab = Lab::new(HOST);
        let stage = lab.lay();
        fill(&lab.at("secret"), &[("x", "secret"), ("y/z", "secret")]);
        fs::remove_file(lab.stage("a")).unwrap();
        symlink(lab.at("secret/x"), lab.stage("a")).unwrap();
        fs::remove_dir_all(lab.stage("d")).unwrap();
        symlink(lab.at("secret"), lab.stage("d")).unwrap();
        symlink("../../secret", lab.stage("e/l")).unwrap();
        fifo(&lab.stage("e/p"));
        fs::write(lab.stage("e").join(OsStr::from_bytes(b"\xff")), "x").unwrap();
        let before = tree(&lab.at("host"));
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let link = "is a symlink that could lead out of its folder";
        lab.check(
            stage,
            &[],
            &[
                &format!("/w/a: {link}"),
                &format!("/w/d: {link}"),
                &format!("/w/e/l: {link}"),
                "/w/e/p: is a named pipe",
                "/w/e/\\xFF: has a name that is not UTF-8",
            ],
            &before,
        );
    }

    #[test]
    fn a_place_that_was_replaced_by_a_symlink_is_not_read() {
        let lab = Lab::new(HOST);
        let lab = lab.with_file("/f", "host/a", StageKind::Copied, "files/f");
        let stage = lab.lay();
        fill(&lab.at("secret"), &[("a", "secret")]);
        fs::remove_dir_all(lab.at("stage")).unwrap();
        symlink(lab.at("secret"), lab.at("stage")).unwrap();
        fs::remove_file(lab.at("files/f")).unwrap();
        symlink(lab.at("secret/a"), lab.at("files/f")).unwrap();
        let written = stage.written(Quota::default());
        assert!(written.changes.is_empty(), "{:?}", short(&written.changes));
        let stays = LeftOutReason::MountPoint;
        assert_eq!(reasons(&written), [("/w", stays), ("/f", LeftOutReason::Symlink)]);
    }

    #[test]
    fn what_is_left_out_is_counted_when_it_is_too_much_to_be_named() {
        let lab = Lab::new(HOST);
        let stage = lab.lay();
        for number in 0..MAX_LEFT_OUT + 34 {
            fifo(&lab.stage(&number.to_string()));
        }
        let written = stage.written(Quota::default());
        assert_eq!((written.left_out.len(), written.left_out_unnamed), (MAX_LEFT_OUT, 34));
    }

    #[test]
    fn what_is_not_copied_stays_on_the_host() {
        let lab = Lab::new(&[("d/x", "x"), ("g/x", "x"), ("m/x", "x"), ("k", "k"), ("r/x", "x")]);
        symlink("../k", lab.host("d/l")).unwrap();
        fifo(&lab.host("g/p"));
        fs::write(lab.host("m").join(OsStr::from_bytes(b"\xff")), "x").unwrap();
        symlink("k", lab.host("l")).unwrap();
        let stage = lab.lay();
        assert_eq!(
            tree(&lab.at("stage")),
            ["d/", "d/x=x", "g/", "g/x=x", "k=k", "m/", "m/x=x", "r/", "r/x=x"]
        );
        assert_eq!(
            said(stage.not_shown()),
            [
                "/w/l: is a symlink that could lead out of its folder",
                "/w/d/l: is a symlink that could lead out of its folder",
                "/w/g/p: is a named pipe",
                "/w/m/\\xFF: has a name that is not UTF-8",
            ]
        );
        for name in ["d", "g", "m", "r"] {
            fs::remove_dir_all(lab.stage(name)).unwrap();
        }
        fs::write(lab.stage("l"), "in its place").unwrap();
        let written = stage.written(Quota::default());
        let not_shown = LeftOutReason::NotShown;
        assert_eq!(
            reasons(&written),
            [("/w/l", not_shown), ("/w/d", not_shown), ("/w/g", not_shown), ("/w/m", not_shown)]
        );
        assert_eq!(short(&written.changes), ["- /w/r/", "- /w/r/x"]);
    }

    #[test]
    fn what_the_host_has_at_a_blank_place_and_nobody_may_touch_stays() {
        let lab = Lab::empty(&[("k", "k")]).with("/w", "host", StageKind::Blank, "stage");
        symlink("k", lab.host("l")).unwrap();
        fifo(&lab.host("p"));
        let stage = lab.lay();
        fill(&lab.at("stage"), &[("l", "x"), ("p", "x")]);
        let written = stage.written(Quota::default());
        assert!(written.changes.is_empty());
        let special = LeftOutReason::HostSpecial(SpecialKind::Fifo);
        assert_eq!(reasons(&written), [("/w/l", LeftOutReason::NotShown), ("/w/p", special)]);
    }

    #[test]
    fn what_can_be_executed_can_be_executed() {
        let lab = Lab::new(&[("run", "old"), ("a", "a")]);
        fs::set_permissions(lab.host("run"), fs::Permissions::from_mode(0o555)).unwrap();
        let lab = lab.with_file("/run", "host/run", StageKind::Copied, "single");
        let stage = lab.lay();
        let mode = |at: &Path| at.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&lab.stage("run")), 0o755);
        assert_eq!(mode(&lab.at("single")) & 0o100, 0o100);
        assert_eq!(mode(&lab.stage("a")) & 0o111, 0);
        fs::write(lab.stage("run"), "new").unwrap();
        fs::write(lab.stage("n"), "n").unwrap();
        fs::set_permissions(lab.stage("n"), fs::Permissions::from_mode(0o700)).unwrap();
        let written = stage.written(Quota::default());
        assert!(apply(&written.changes, |_| true).is_complete());
        assert_eq!(mode(&lab.host("run")), 0o555);
        assert_eq!(mode(&lab.host("n")) & 0o111, 0o111);
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        let lab = Lab::new(&[("a", "a"), ("shut", "x"), ("d/x", "x")]);
        fs::set_permissions(lab.host("shut"), fs::Permissions::from_mode(0o0)).unwrap();
        if fs::read(lab.host("shut")).is_ok() {
            return common::say("not tried: this user may read everything");
        }
        let stage = lab.lay();
        assert_eq!(said(stage.not_shown()), ["/w/shut: cannot be read: permission denied"]);
        fs::set_permissions(lab.stage("a"), fs::Permissions::from_mode(0o0)).unwrap();
        fs::set_permissions(lab.stage("d"), fs::Permissions::from_mode(0o0)).unwrap();
        let written = stage.written(Quota::default());
        fs::set_permissions(lab.stage("d"), fs::Permissions::from_mode(0o700)).unwrap();
        assert!(written.changes.is_empty());
        let denied = LeftOutReason::Unreadable(HostProblem::Denied);
        assert_eq!(reasons(&written), [("/w/a", denied), ("/w/d", denied)]);
    }
}

/// What a program may do to a folder.
#[derive(Clone, Debug)]
enum Act {
    Write(String, String),
    Remove(String),
    MakeFolder(String),
    Rename(String, String),
}

fn names() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d"]), 1..4)
        .prop_map(|names| names.join("/"))
}

fn acts() -> impl Strategy<Value = Act> {
    let content = || prop::sample::select(vec!["", "one", "two", "three"]).prop_map(str::to_owned);
    prop_oneof![
        3 => (names(), content()).prop_map(|(at, content)| Act::Write(at, content)),
        2 => names().prop_map(Act::Remove),
        1 => names().prop_map(Act::MakeFolder),
        1 => (names(), names()).prop_map(|(from, to)| Act::Rename(from, to)),
    ]
}

/// Does it, as far as the system lets it.
fn act(top: &Path, act: &Act) {
    let at = |name: &String| name.split('/').fold(top.to_owned(), |at, name| at.join(name));
    let done = match act {
        Act::Write(name, content) => fs::write(at(name), content),
        Act::Remove(name) if at(name).is_dir() => fs::remove_dir_all(at(name)),
        Act::Remove(name) => fs::remove_file(at(name)),
        Act::MakeFolder(name) => fs::create_dir_all(at(name)),
        Act::Rename(from, to) => fs::rename(at(from), at(to)),
    };
    drop(done);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(if cfg!(windows) { 24 } else { 256 }),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn what_is_applied_is_what_was_done(
        before in prop::collection::vec(acts(), 0..20),
        done in prop::collection::vec(acts(), 0..20),
    ) {
        let lab = Lab::new(&[]);
        fs::create_dir(lab.at("plain")).unwrap();
        for one in &before {
            act(&lab.at("host"), one);
            act(&lab.at("plain"), one);
        }
        let untouched = tree(&lab.at("host"));
        prop_assert_eq!(&untouched, &tree(&lab.at("plain")));
        let stage = lab.lay();
        prop_assert_eq!(&untouched, &tree(&lab.at("stage")));
        for one in &done {
            act(&lab.at("stage"), one);
            act(&lab.at("plain"), one);
        }
        let wanted = tree(&lab.at("plain"));
        prop_assert_eq!(&tree(&lab.at("stage")), &wanted);
        let written = stage.written(Quota::default());
        prop_assert!(written.left_out.is_empty(), "{:?}", written.left_out);
        prop_assert_eq!(written.changes.is_empty(), untouched == wanted);
        let report = apply(&written.changes, |_| true);
        prop_assert!(report.is_complete(), "{:?}", report);
        prop_assert_eq!(tree(&lab.at("host")), wanted);
        let again = apply(&written.changes, |_| true);
        let there = |outcome: &Outcome| matches!(outcome, Outcome::AlreadyThere | Outcome::Applied);
        prop_assert!(again.changes.iter().all(|one| there(&one.outcome)), "{:?}", again);
    }
}
