//! Whoever applies changesets is killed at each of its system calls: each path is in its old or its
//! new state, nothing is lost, and resuming finishes.

#![cfg(target_os = "linux")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use aether_overlay::{
    Atomicity, Changeset, Mount, Overlay, OverlayConfig, Resumed, apply_journalled, journal_waits,
    resume,
};
use common::kill::{Act, Faults, Hits, Stored, calls, can_kill, killed};
use common::{Lab, fill, mode, path, tree};
use tempfile::TempDir;

/// Not a test of its own: what the others run and kill.
#[test]
fn child() {
    common::kill::child();
}

/// What plugins do to host folders, and how their changes are applied.
struct Scenario {
    /// What is in the folder at `/w`.
    host: &'static [(&'static str, &'static str)],
    /// What is in one on another file system, at `/o`.
    other: Option<&'static [(&'static str, &'static str)]>,
    /// Mounts that are not there yet.
    missing: bool,
    /// One for each changeset.
    acts: &'static [fn(&mut Lab)],
    atomicity: Atomicity,
    faults: Faults<'static>,
    /// Whether a path may be without anything for a moment.
    gaps: bool,
}

const ONE: Scenario = Scenario {
    host: &[],
    other: None,
    missing: false,
    acts: &[],
    atomicity: Atomicity::Each,
    faults: &[],
    gaps: false,
};

/// A scenario made anew, with what is to be there in the end.
struct Scene {
    _dirs: Vec<TempDir>,
    tops: Vec<PathBuf>,
    stored: Stored,
    before: State,
    after: State,
    after_all: Vec<String>,
}

/// What is on the host, by path: contents and targets, and the permissions of files.
type State = BTreeMap<String, String>;

impl Scenario {
    fn make(&self) -> Scene {
        let dir = self.folder();
        let top = dir.path().canonicalize().expect("a path");
        let host = top.join("host");
        fs::create_dir(&host).expect("a folder");
        fill(&host, self.host);
        let mut mounts = vec![Mount::folder(path("/w"), &host)];
        let (mut dirs, mut tops) = (vec![dir], vec![host.clone()]);
        if let Some(files) = self.other {
            let other = tempfile::tempdir_in("/dev/shm").expect("a folder");
            let at = other.path().canonicalize().expect("a path");
            fill(&at, files);
            mounts.push(Mount::folder(path("/o"), &at));
            tops.push(at);
            dirs.push(other);
        }
        if self.missing {
            mounts.push(Mount::folder(path("/m"), host.join("way/to/folder")));
            mounts.push(Mount::file(path("/f"), host.join("way/file")));
        }
        let stored =
            Stored { stores: Vec::new(), journal: top.join("journal"), atomicity: self.atomicity };
        let mut scene = Scene {
            _dirs: dirs,
            tops,
            stored,
            before: State::new(),
            after: State::new(),
            after_all: Vec::new(),
        };
        scene.before = scene.state();
        for (number, act) in self.acts.iter().enumerate() {
            let config = OverlayConfig { mounts: mounts.clone(), ..OverlayConfig::default() };
            let dir = self.folder();
            let mut lab = Lab { dir, overlay: Overlay::new(config).expect("an overlay") };
            act(&mut lab);
            let store = top.join(format!("store-{number}"));
            lab.overlay.changeset().save(&store).expect("saved");
            scene.stored.stores.push(store);
        }
        scene
    }

    /// In memory if there is no need for two file systems: this waits for disks thousands of times.
    fn folder(&self) -> TempDir {
        let memory =
            if self.other.is_none() { tempfile::tempdir_in("/dev/shm").ok() } else { None };
        memory.unwrap_or_else(|| tempfile::tempdir().expect("a folder"))
    }

    /// Applies it once as it should be, then kills it at each call.
    fn check(&self) {
        if !can_kill() {
            return;
        }
        let whole = self.make();
        let calls = calls(&whole.stored, Act::Apply, self.faults, &whole.stored.log());
        let (after, after_all) = (whole.state(), whole.attributes());
        assert_ne!(after, whole.before);
        assert_eq!(whole.temporary(), [""; 0]);
        assert!(!whole.stored.journal.exists());
        let mut hits = Hits::default();
        for (call, time) in calls.kills() {
            let mut scene = self.make();
            (scene.after, scene.after_all) = (after.clone(), after_all.clone());
            let at = format!("{call} {time}");
            hits.note(killed(&scene.stored, Act::Apply, self.faults, call, time));
            scene.check_interrupted(self.gaps, &at);
            scene.finish(&at);
        }
        hits.check();
    }

    /// The same of whoever resumes, after each of some calls at which applying was killed.
    fn check_resuming(&self, first: &[(&str, usize)]) {
        if !can_kill() {
            return;
        }
        let whole = self.make();
        let calls_of_apply = calls(&whole.stored, Act::Apply, self.faults, &whole.stored.log());
        let (after, after_all) = (whole.state(), whole.attributes());
        let mut hits = Hits::default();
        for (call, time) in first {
            let cut_off = || {
                let mut scene = self.make();
                (scene.after, scene.after_all) = (after.clone(), after_all.clone());
                let time = calls_of_apply.before(call) + time;
                assert!(killed(&scene.stored, Act::Apply, self.faults, call, time));
                scene
            };
            let scene = cut_off();
            let calls = calls(&scene.stored, Act::Resume, self.faults, &scene.stored.log());
            for (second, time) in calls.kills() {
                let scene = cut_off();
                let at = format!("{call}, then {second} {time}");
                hits.note(killed(&scene.stored, Act::Resume, self.faults, second, time));
                scene.check_interrupted(self.gaps, &at);
                scene.finish(&at);
            }
        }
        hits.check();
    }
}

impl Scene {
    fn state(&self) -> State {
        let mut state = State::new();
        for (number, top) in self.tops.iter().enumerate() {
            for line in tree(top) {
                let name = match (line.split_once(" -> "), line.split_once('=')) {
                    (Some((name, _)), _) | (None, Some((name, _))) => name,
                    (None, None) => line.trim_end_matches('/'),
                };
                let mut text = line[name.len()..].to_owned();
                if text.starts_with('=') {
                    text += &format!(" {:o}", mode(&top.join(name)));
                }
                state.insert(format!("{number}:{name}"), text);
            }
        }
        state
    }

    /// The permissions of everything, and times that were set. Folders have them in the end only.
    fn attributes(&self) -> Vec<String> {
        let mut found = Vec::new();
        for at in self.tops.iter().zip(0..).flat_map(|(top, number)| {
            let names = self.state().into_keys();
            names.filter_map(move |name| Some(top.join(name.strip_prefix(&format!("{number}:"))?)))
        }) {
            let meta = at.symlink_metadata().expect("metadata");
            let set = Some(meta.mtime()).filter(|at| *at < 1_000_000_000);
            let name = at.file_name().expect("a name").to_owned();
            found.push(format!("{name:?} {:o} {set:?}", mode(&at)));
        }
        found
    }

    fn temporary(&self) -> Vec<String> {
        self.state().into_keys().filter(|name| name.contains(".aether-")).collect()
    }

    /// Each path is as before or as after, and what stays is somewhere.
    fn check_interrupted(&self, gaps: bool, at: &str) {
        let now = self.state();
        let paths: BTreeSet<&String> =
            self.before.keys().chain(self.after.keys()).chain(now.keys()).collect();
        for path in paths.into_iter().filter(|path| !path.contains(".aether-")) {
            let found = now.get(path);
            let allowed = [self.before.get(path), self.after.get(path)];
            assert!(
                allowed.contains(&found) || (gaps && found.is_none()),
                "killed at {at}: {path} is {found:?}, not one of {allowed:?}"
            );
        }
        let files = |state: &State| -> BTreeSet<String> {
            state.values().filter(|text| text.starts_with(['=', ' '])).cloned().collect()
        };
        let (before, after, now) = (files(&self.before), files(&self.after), files(&now));
        for content in before.intersection(&after) {
            assert!(now.contains(content), "killed at {at}: `{content}` is nowhere");
        }
    }

    fn resumed(&self) -> Resumed {
        let changesets = self.stored.load();
        let changesets: Vec<&Changeset> = changesets.iter().collect();
        resume(&changesets, &self.stored.journal).expect("resumed")
    }

    /// Resumes, and applies once more where nothing of it is left.
    fn finish(&self, at: &str) {
        let resumed = self.resumed();
        assert_eq!(self.temporary(), [""; 0], "killed at {at}: {resumed:?}");
        assert!(!self.stored.journal.exists(), "killed at {at}");
        let complete = match &resumed {
            Resumed::Finished(reports) => {
                reports.iter().for_each(|report| assert!(report.is_complete(), "{at}: {report:?}"));
                true
            }
            Resumed::RolledBack(reports) => {
                assert_eq!(self.stored.atomicity, Atomicity::All);
                assert!(reports.iter().all(|report| report.is_complete()), "{at}: {reports:?}");
                false
            }
            // Before it began, or after its end.
            Resumed::Nothing => self.state() == self.after,
        };
        if !complete {
            assert_eq!(self.state(), self.before, "killed at {at}: {resumed:?}");
            let changesets = self.stored.load();
            let changesets: Vec<&Changeset> = changesets.iter().collect();
            let (atomicity, journal) = (self.stored.atomicity, &self.stored.journal);
            let reports =
                apply_journalled(&changesets, |_, _| true, atomicity, journal).expect("applied");
            assert!(reports.iter().all(|report| report.is_complete()), "{at}: {reports:?}");
        }
        assert_eq!(self.state(), self.after, "killed at {at}: {resumed:?}");
        assert_eq!(self.attributes(), self.after_all, "killed at {at}: {resumed:?}");
        assert_eq!(self.temporary(), [""; 0], "killed at {at}");
        assert_eq!(self.resumed(), Resumed::Nothing);
        assert!(!journal_waits(&self.stored.journal).expect("a journal"));
    }
}

fn renamed(lab: &mut Lab, names: &[(&str, &str)]) {
    for (from, to) in names {
        lab.rename(&format!("/w/{from}"), &format!("/w/{to}")).unwrap();
    }
}

const PLAIN: Scenario = Scenario {
    host: &[
        ("a", "old a"),
        ("b", "old b"),
        ("gone", "g"),
        ("from", "moved"),
        ("d/x", "x"),
        ("d/y/z", "z"),
        ("over", "old over"),
    ],
    acts: &[|lab| {
        lab.write("/w/a", "new a").unwrap();
        lab.append("/w/b", "+").unwrap();
        lab.remove_file("/w/gone").unwrap();
        lab.rename("/w/from", "/w/over").unwrap();
        lab.rename("/w/d/x", "/w/x").unwrap();
        lab.remove_tree("/w/d").unwrap();
        lab.mkdir_all("/w/p/q").unwrap();
        lab.write("/w/p/q/n", "n").unwrap();
    }],
    ..ONE
};

const CIRCLES: Scenario = Scenario {
    host: &[("a", "1"), ("b", "2"), ("d/x", "3"), ("d/y", "4"), ("d/z", "5")],
    acts: &[|lab| {
        renamed(lab, &[("a", "t"), ("b", "a"), ("t", "b")]);
        renamed(lab, &[("d/x", "t"), ("d/y", "d/x"), ("d/z", "d/y"), ("t", "d/z")]);
    }],
    ..ONE
};

const ROTATION: Scenario = Scenario {
    host: &[("log", "newest"), ("log.1", "newer"), ("log.2", "old"), ("t", "t"), ("l -> t", "")],
    acts: &[|lab| {
        renamed(lab, &[("log.2", "log.3"), ("log.1", "log.2"), ("log", "log.1")]);
        lab.write("/w/log", "begun").unwrap();
        lab.remove_file("/w/l").unwrap();
        lab.write("/w/l", "a file now").unwrap();
    }],
    ..ONE
};

const OWN_FOLDERS: Scenario = Scenario {
    host: &[("a", "a"), ("d/x", "x"), ("d/y/z", "z"), ("e/f/g", "g"), ("l -> e", "")],
    acts: &[|lab| {
        // A file to the path of its removed folder, one into a folder of its own path.
        renamed(lab, &[("d/x", "t")]);
        lab.remove_tree("/w/d").unwrap();
        renamed(lab, &[("t", "d"), ("a", "t")]);
        lab.mkdir("/w/a").unwrap();
        renamed(lab, &[("t", "a/a")]);
        // A folder and a symlink that change places.
        renamed(lab, &[("l", "t"), ("e", "l"), ("t", "e")]);
    }],
    ..ONE
};

const TREES: Scenario = Scenario {
    host: &[("d/a", "1"), ("d/e/b", "2"), ("d/e/c/f", "3"), ("d/empty/", ""), ("g/h/i", "4")],
    acts: &[|lab| {
        renamed(lab, &[("d", "moved")]);
        lab.append("/w/moved/e/b", "+").unwrap();
        lab.remove_tree("/w/g").unwrap();
        lab.mkdir_all("/w/new/a/b").unwrap();
        lab.write("/w/new/a/b/n", "n").unwrap();
        lab.mkdir("/w/g").unwrap();
        lab.write("/w/g/h", "a file now").unwrap();
    }],
    ..ONE
};

const ACROSS: Scenario = Scenario {
    host: &[("plain", "p"), ("changed", "c"), ("over", "o"), ("d/x", "x"), ("l -> plain", "")],
    other: Some(&[("over", "old"), ("back", "b")]),
    acts: &[|lab| {
        for name in ["plain", "changed", "over", "d", "l"] {
            lab.rename(&format!("/w/{name}"), &format!("/o/{name}")).unwrap();
        }
        lab.append("/o/changed", "+").unwrap();
        lab.rename("/o/back", "/w/plain").unwrap();
    }],
    ..ONE
};

const MANY: Scenario = Scenario {
    host: &[
        ("1/a", "1"),
        ("2/a", "2"),
        ("3/a", "3"),
        ("4/a", "4"),
        ("5/a", "5"),
        ("6/a", "6"),
        ("7/a", "7"),
        ("8/a", "8"),
        ("9/a", "9"),
        ("10/a", "10"),
    ],
    acts: &[|lab| {
        for folder in 1..=9 {
            lab.append(&format!("/w/{folder}/a"), "+").unwrap();
            lab.write(&format!("/w/{folder}/n"), "n").unwrap();
        }
        renamed(lab, &[("10/a", "1/moved")]);
        lab.remove_folder("/w/10").unwrap();
    }],
    ..ONE
};

const MISSING: Scenario = Scenario {
    host: &[("a", "a")],
    missing: true,
    acts: &[|lab| {
        lab.mkdir_all("/m/p").unwrap();
        lab.write("/m/p/n", "n").unwrap();
        lab.write("/f", "f").unwrap();
        lab.rename("/w/a", "/m/a").unwrap();
    }],
    ..ONE
};

const ATTRIBUTES: Scenario = Scenario {
    host: &[
        ("a", "old a"),
        ("b", "old b"),
        ("c", "c"),
        ("from", "moved"),
        ("d/x", "x"),
        ("d/e/y", "y"),
        ("l -> a", ""),
    ],
    acts: &[|lab| {
        lab.write("/w/a", "new a").unwrap();
        lab.remove_file("/w/l").unwrap();
        lab.symlink("d/x", "/w/l").unwrap();
        lab.symlink("../../b", "/w/d/e/n").unwrap();
        lab.mkdir("/w/p").unwrap();
        lab.write("/w/p/n", "n").unwrap();
        renamed(lab, &[("from", "d/to")]);
        for (name, mode) in [
            ("/w/a", 0o600),
            ("/w/b", 0o711),
            ("/w/d/e", 0o500),
            ("/w/d/to", 0o640),
            ("/w/p", 0o555),
            ("/w/p/n", 0o400),
        ] {
            lab.set_mode(name, mode).unwrap();
        }
        for name in ["/w/b", "/w/c", "/w/d", "/w/p", "/w/p/n"] {
            lab.set_times(name, 1_500).unwrap();
        }
    }],
    ..ONE
};

const TOGETHER: Scenario = Scenario {
    host: &[("a", "old a"), ("b", "old b"), ("c", "c"), ("d/x", "x"), ("d/y", "y"), ("gone", "g")],
    acts: &[
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.remove_file("/w/gone").unwrap();
            lab.mkdir("/w/out").unwrap();
            lab.write("/w/out/1", "1").unwrap();
            renamed(lab, &[("d/x", "t")]);
            lab.remove_tree("/w/d").unwrap();
            renamed(lab, &[("t", "d")]);
        },
        |lab| {
            renamed(lab, &[("b", "t"), ("c", "b"), ("t", "c")]);
            lab.mkdir("/w/out").unwrap();
            lab.write("/w/out/2", "2").unwrap();
        },
    ],
    atomicity: Atomicity::All,
    ..ONE
};

#[test]
fn permissions_times_and_links() {
    ATTRIBUTES.check();
    Scenario { atomicity: Atomicity::All, ..ATTRIBUTES }.check();
}

#[test]
fn plain_changes() {
    PLAIN.check();
}

#[test]
fn files_that_change_places() {
    CIRCLES.check();
}

#[test]
fn rotated_logs_and_a_link_that_becomes_a_file() {
    ROTATION.check();
}

#[test]
fn files_and_folders_at_each_others_paths() {
    OWN_FOLDERS.check();
}

#[test]
fn folder_trees() {
    TREES.check();
}

#[test]
fn more_than_eight_folders() {
    MANY.check();
}

#[test]
fn mounts_that_are_missing() {
    MISSING.check();
    Scenario { atomicity: Atomicity::All, ..MISSING }.check();
}

#[test]
fn two_file_systems() {
    let device = |path: &Path| path.metadata().map(|meta| meta.dev()).ok();
    let (here, there) = (device(&std::env::temp_dir()), device(Path::new("/dev/shm")));
    if there.is_none() || here == there {
        common::say("SKIPPED: there is no second file system at /dev/shm");
        return;
    }
    ACROSS.check();
}

#[test]
fn all_or_none() {
    TOGETHER.check();
}

/// Where names cannot be exchanged, some are free for a moment; nothing is lost all the same.
#[test]
fn file_systems_that_cannot_exchange_names() {
    const FAULTS: Faults<'_> = &["renameat2:error=EINVAL"];
    for scenario in [PLAIN, CIRCLES, OWN_FOLDERS, TOGETHER] {
        Scenario { faults: FAULTS, gaps: true, ..scenario }.check();
    }
}

#[test]
fn file_systems_without_second_names() {
    const FAULTS: Faults<'_> = &["linkat:error=EPERM"];
    for scenario in [PLAIN, CIRCLES, OWN_FOLDERS] {
        Scenario { faults: FAULTS, ..scenario }.check();
    }
}

#[test]
fn whoever_resumes_is_killed_too() {
    CIRCLES.check_resuming(&[("renameat2", 1), ("renameat2", 4), ("unlinkat", 2)]);
    OWN_FOLDERS.check_resuming(&[("renameat2", 3), ("renameat2", 7), ("unlinkat", 2)]);
    TOGETHER.check_resuming(&[("renameat2", 6), ("unlinkat", 2)]);
}
