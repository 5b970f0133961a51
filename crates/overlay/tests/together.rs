//! Several changesets as one: all of them, or none; and what a journal is not taken for.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use aether_overlay::{
    ApplyReport, Atomicity, Changeset, JournalError, Mount, Overlay, OverlayConfig, Resumed,
    apply_journalled, journal_waits, resume,
};
use common::kill::{Act, Calls, Stored, calls, can_kill, killed};
use common::{Lab, fill, outcomes, path, tree};
use tempfile::TempDir;

/// Not a test of its own: what the others run and kill.
#[test]
fn child() {
    common::kill::child();
}

const HOST: &[(&str, &str)] = &[("a", "old a"), ("b", "old b"), ("d/x", "old x"), ("d/y", "y")];

/// A host folder, and changesets over it that know nothing of each other.
struct Steps {
    _dir: TempDir,
    top: PathBuf,
    changesets: Vec<Changeset>,
}

type Step = fn(&mut Lab);

impl Steps {
    fn new(steps: &[Step]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        fill(&top.join("host"), HOST);
        let step = |act: &Step| {
            let mounts = vec![Mount::folder(path("/w"), top.join("host"))];
            let config = OverlayConfig { mounts, ..OverlayConfig::default() };
            let dir = tempfile::tempdir().unwrap();
            let mut lab = Lab { dir, overlay: Overlay::new(config).unwrap() };
            act(&mut lab);
            lab.overlay.changeset()
        };
        let changesets = steps.iter().map(step).collect();
        Self { _dir: dir, top, changesets }
    }

    fn host(&self, name: &str) -> PathBuf {
        self.top.join("host").join(name)
    }

    fn tree(&self) -> Vec<String> {
        tree(&self.top.join("host"))
    }

    fn journal(&self) -> PathBuf {
        self.top.join("journal")
    }

    fn borrowed(&self) -> Vec<&Changeset> {
        self.changesets.iter().collect()
    }

    fn apply(&self, atomicity: Atomicity) -> Result<Vec<ApplyReport>, JournalError> {
        apply_journalled(&self.borrowed(), |_, _| true, atomicity, &self.journal())
    }

    fn resume(&self) -> Result<Resumed, JournalError> {
        resume(&self.borrowed(), &self.journal())
    }

    fn stored(&self, atomicity: Atomicity) -> Stored {
        Stored::new(&self.top, &self.borrowed(), atomicity)
    }

    /// One that is killed when everything is done, and can still be taken back.
    fn killed_before_commit(steps: &[Step], atomicity: Atomicity) -> Self {
        Self::killed_at(steps, atomicity, "write", |calls| {
            calls.before("write") + calls.during("write")
        })
    }

    /// One that is killed when nothing can be taken back any more.
    fn killed_late(steps: &[Step], atomicity: Atomicity) -> Self {
        Self::killed_at(steps, atomicity, "unlinkat", |calls| {
            calls.before("unlinkat") + calls.during("unlinkat")
        })
    }

    fn killed_at(
        steps: &[Step],
        atomicity: Atomicity,
        call: &str,
        time: fn(&Calls) -> usize,
    ) -> Self {
        let whole = Self::new(steps);
        let calls = calls(&whole.stored(atomicity), Act::Apply, &[], &whole.top.join("log"));
        let steps = Self::new(steps);
        assert!(killed(&steps.stored(atomicity), Act::Apply, &[], call, time(&calls)));
        steps
    }
}

fn told(reports: &[ApplyReport]) -> Vec<String> {
    reports.iter().flat_map(outcomes).collect()
}

#[test]
fn all_are_made_that_can_be() {
    let steps = Steps::new(&[
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.mkdir("/w/out").unwrap();
            lab.write("/w/out/1", "1").unwrap();
        },
        |lab| {
            lab.mkdir("/w/out").unwrap();
            lab.write("/w/out/2", "2").unwrap();
            lab.remove_file("/w/b").unwrap();
        },
    ]);
    let reports = steps.apply(Atomicity::All).unwrap();
    assert!(reports.iter().all(ApplyReport::is_complete), "{reports:?}");
    assert_eq!(steps.tree(), ["a=new a", "d/", "d/x=old x", "d/y=y", "out/", "out/1=1", "out/2=2"]);
    assert!(!steps.journal().exists());
}

#[test]
fn one_conflict_and_nothing_is_done() {
    let acts: &[Step] = &[
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.write("/w/p/n", "n").unwrap_err();
            lab.mkdir("/w/p").unwrap();
        },
        |lab| lab.append("/w/b", "+").unwrap(),
    ];
    let steps = Steps::new(acts);
    fs::write(steps.host("b"), "host b").unwrap();
    let before = steps.tree();
    let reports = steps.apply(Atomicity::All).unwrap();
    assert_eq!(told(&reports), ["/w/a blocked by /w/b", "/w/p blocked by /w/b", "/w/b Changed"]);
    assert_eq!(steps.tree(), before);
    // Each by itself makes what can be made.
    let reports = steps.apply(Atomicity::Each).unwrap();
    assert_eq!(told(&reports), ["/w/a Applied", "/w/p Applied", "/w/b Changed"]);
}

/// What cannot be foreseen: the host fails at one of the last steps.
#[test]
fn one_failure_on_the_way_and_everything_is_taken_back() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.rename("/w/b", "/w/c").unwrap();
            lab.mkdir("/w/p").unwrap();
            lab.write("/w/p/n", "n").unwrap();
        },
        |lab| lab.remove_tree("/w/d").unwrap(),
    ];
    let whole = Steps::new(acts);
    let log = whole.top.join("log");
    let calls_of = |stored: &Stored, faults: &[&str]| calls(stored, Act::Apply, faults, &log);
    let all = calls_of(&whole.stored(Atomicity::All), &[]);
    let before = Steps::new(acts).tree();
    for time in 1..=all.during("renameat2") {
        let steps = Steps::new(acts);
        let stored = steps.stored(Atomicity::All);
        let time = all.before("renameat2") + time;
        calls_of(&stored, &[&format!("renameat2:error=EIO:when={time}")]);
        assert!(stored.told().iter().any(|line| line.contains("Io(5)")), "{:?}", stored.told());
        assert_eq!(steps.tree(), before, "failed at {time}");
        assert!(!journal_waits(&steps.journal()).unwrap());
    }
}

/// A folder that is made only for what then cannot be made goes again.
#[test]
fn no_folder_is_left_for_what_was_not_made() {
    if !can_kill() {
        return;
    }
    let steps = Steps::new(&[|lab| {
        lab.write("/w/d/x", "new x").unwrap();
        lab.write("/w/d/n", "n").unwrap();
        lab.write("/w/empty", "").unwrap();
    }]);
    fs::remove_dir_all(steps.host("d")).unwrap();
    let stored = steps.stored(Atomicity::Each);
    calls(&stored, Act::Apply, &["pwrite64:error=ENOSPC"], &steps.top.join("log"));
    assert_eq!(stored.told(), ["/w/d/n Failed(Io(28))", "/w/d/x Missing", "/w/empty Applied"]);
    assert_eq!(steps.tree(), ["a=old a", "b=old b", "empty="]);
}

#[test]
fn what_two_change_is_refused() {
    let check = |one: Step, other: Step, expect: &[&str]| {
        let steps = Steps::new(&[one, other]);
        let before = steps.tree();
        let reports = steps.apply(Atomicity::All).unwrap();
        assert_eq!(told(&reports), expect);
        assert_eq!(steps.tree(), before);
    };
    check(
        |lab| lab.write("/w/a", "one").unwrap(),
        |lab| lab.write("/w/a", "other").unwrap(),
        &["/w/a blocked by /w/a", "/w/a Overlap"],
    );
    check(
        |lab| lab.remove_tree("/w/d").unwrap(),
        |lab| lab.write("/w/d/n", "n").unwrap(),
        &[
            "/w/d blocked by /w/d/n",
            "/w/d/x blocked by /w/d/n",
            "/w/d/y blocked by /w/d/n",
            "/w/d/n Overlap",
        ],
    );
    check(
        |lab| lab.write("/w/n", "a file").unwrap(),
        |lab| {
            lab.mkdir("/w/n").unwrap();
            lab.write("/w/n/x", "x").unwrap();
        },
        &["/w/n blocked by /w/n", "/w/n Overlap", "/w/n/x Overlap"],
    );
    check(
        |lab| lab.rename("/w/a", "/w/c").unwrap(),
        |lab| lab.append("/w/a", "+").unwrap(),
        &["/w/c blocked by /w/a", "/w/a Overlap"],
    );
}

#[test]
fn of_two_that_change_the_same_the_first_is_made_where_each_is_by_itself() {
    let steps = Steps::new(&[
        |lab| lab.write("/w/a", "one").unwrap(),
        |lab| {
            lab.write("/w/a", "other").unwrap();
            lab.write("/w/b", "new b").unwrap();
        },
    ]);
    let reports = steps.apply(Atomicity::Each).unwrap();
    assert_eq!(told(&reports), ["/w/a Applied", "/w/a Overlap", "/w/b Applied"]);
    assert_eq!(fs::read_to_string(steps.host("a")).unwrap(), "one");
}

#[test]
fn what_is_selected_is_told_by_changeset() {
    let steps = Steps::new(&[
        |lab| lab.write("/w/a", "one").unwrap(),
        |lab| lab.write("/w/a", "other").unwrap(),
    ]);
    let select = |set, _: &_| set == 1;
    let reports =
        apply_journalled(&steps.borrowed(), select, Atomicity::All, &steps.journal()).unwrap();
    assert_eq!(told(&reports), ["/w/a Skipped", "/w/a Applied"]);
    assert_eq!(fs::read_to_string(steps.host("a")).unwrap(), "other");
}

#[test]
fn only_one_applies_at_a_time_and_what_waits_comes_first() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[|lab| {
        lab.write("/w/a", "new a").unwrap();
        lab.remove_file("/w/b").unwrap();
    }];
    let steps = Steps::killed_late(acts, Atomicity::Each);
    let held = fs::File::open(steps.journal()).unwrap();
    held.try_lock().unwrap();
    for in_use in [
        steps.apply(Atomicity::Each).map(|_| ()),
        steps.resume().map(|_| ()),
        journal_waits(&steps.journal()).map(|_| ()),
    ] {
        assert!(matches!(in_use, Err(JournalError::InUse { .. })), "{in_use:?}");
    }
    drop(held);
    assert!(journal_waits(&steps.journal()).unwrap());
    assert!(matches!(steps.apply(Atomicity::Each), Err(JournalError::Waits { .. })));
    let Resumed::Finished(reports) = steps.resume().unwrap() else { panic!() };
    assert_eq!(told(&reports), ["/w/a Applied", "/w/b Applied"]);
    assert_eq!(steps.resume().unwrap(), Resumed::Nothing);
    assert_eq!(steps.apply(Atomicity::Each).unwrap().len(), 1);
}

/// After a crash somebody goes on working, and only then it is resumed.
#[test]
fn what_people_made_of_it_in_between_stays() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[|lab| {
        lab.write("/w/a", "new a").unwrap();
        lab.remove_file("/w/b").unwrap();
        lab.rename("/w/d/x", "/w/x").unwrap();
    }];
    for atomicity in [Atomicity::Each, Atomicity::All] {
        let steps = Steps::killed_before_commit(acts, atomicity);
        assert_eq!(fs::read_to_string(steps.host("a")).unwrap(), "new a");
        fs::write(steps.host("a"), "new a, and more").unwrap();
        fs::write(steps.host("b"), "another b").unwrap();
        fs::write(steps.host("d/x"), "another x").unwrap();
        let (Resumed::Finished(reports) | Resumed::RolledBack(reports)) = steps.resume().unwrap()
        else {
            panic!()
        };
        let told = told(&reports);
        for (name, ours, theirs) in [
            ("a", "new a, and more", "old a"),
            ("b", "another b", "old b"),
            ("d/x", "another x", "old x"),
        ] {
            assert_eq!(fs::read_to_string(steps.host(name)).unwrap(), ours);
            let kept = told.iter().filter_map(|line| line.split('"').nth(1)).map(Path::new);
            let mut kept = kept.map(|path| fs::read_to_string(path).unwrap());
            assert!(kept.any(|text| text == theirs), "{theirs} is told: {told:?}");
        }
        assert!(!steps.journal().exists());
    }
}

/// While it is applied, somebody changes a file and, once that has been moved away, makes it anew.
#[test]
fn what_changes_under_its_hands_is_told_where_it_cannot_be_put_back() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[|lab| lab.remove_file("/w/a").unwrap()];
    let whole = Steps::new(acts);
    let calls = calls(&whole.stored(Atomicity::Each), Act::Apply, &[], &whole.top.join("log"));
    let steps = Steps::new(acts);
    let stored = steps.stored(Atomicity::Each);
    let changed = || fs::write(steps.host("a"), "changed").unwrap();
    let anew = || fs::write(steps.host("a"), "anew").unwrap();
    // The plan, the folder of the journal, and its second line: all is verified by then.
    let stops: [(&str, usize, &dyn Fn()); 2] = [
        ("fsync", calls.before("fsync") + 3, &changed),
        ("renameat2", calls.before("renameat2") + 1, &anew),
    ];
    common::kill::stopped(&stored, &stops, &steps.top.join("log"));
    assert_eq!(fs::read_to_string(steps.host("a")).unwrap(), "anew");
    let told = stored.told();
    let kept = told.first().and_then(|line| line.split('"').nth(1)).expect("a path");
    assert!(told[0].starts_with("/w/a KeptAt("), "{told:?}");
    assert_eq!(fs::read_to_string(kept).unwrap(), "changed");
    assert!(!steps.journal().exists(), "nothing is left to be done");
}

#[test]
fn a_journal_is_distrusted() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[|lab| {
        lab.write("/w/a", "new a").unwrap();
        lab.mkdir("/w/p").unwrap();
        lab.write("/w/p/n", "n").unwrap();
    }];
    let steps = Steps::killed_before_commit(acts, Atomicity::All);
    let text = fs::read_to_string(steps.journal()).unwrap();
    let check = |tamper: &dyn Fn(&str) -> String, refused: fn(&JournalError) -> bool| {
        let tampered = tamper(&text);
        assert_ne!(tampered, text);
        fs::write(steps.journal(), &tampered).unwrap();
        let before = steps.tree();
        let error = steps.resume().unwrap_err();
        assert!(refused(&error), "{error:?} of {tampered}");
        assert_eq!(steps.tree(), before);
        assert!(steps.journal().exists());
    };
    let malformed = |error: &JournalError| matches!(error, JournalError::Malformed { .. });
    let replace =
        |from: &'static str, to: &'static str| move |text: &str| text.replacen(from, to, 1);
    check(&replace("\"version\":1", "\"version\":2"), |error| {
        matches!(error, JournalError::Version { found: 2 })
    });
    check(&replace("\"changes\":\"", "\"changes\":\"x"), malformed);
    check(&replace("\"pending\":[0", "\"pending\":[7"), malformed);
    check(&replace("\"selected\":[0", "\"selected\":[7"), malformed);
    check(&replace("\"implied\":[]", "\"implied\":[[0,\"/etc\"]]"), malformed);
    check(&replace("\"implied\":[]", "\"implied\":[[0,\"/w/../etc\"]]"), malformed);
    check(&replace("\"implied\":[]", "\"implied\":[[9,\"/w/q\"]]"), malformed);
    let way = "\"ways\":[{\"set\":0,\"mount\":0,\"itself\":true,\"count\":99}]";
    check(&replace("\"ways\":[]", way), malformed);
    check(&replace("\"staged\":[", "\"staged\":[[null,null,null],"), malformed);
    check(&replace("\"plan\"", "\"plane\""), malformed);
    check(&|text: &str| format!("{text}nonsense\n"), malformed);
    check(&|text: &str| format!("{text}{text}"), malformed);
    check(&|text: &str| text.lines().rev().collect::<Vec<_>>().join("\n") + "\n", malformed);
    check(&|_: &str| "x".repeat((64 << 20) + 1), |error| {
        matches!(error, JournalError::TooLong { .. })
    });
    // Of other changes.
    let other = Steps::new(&[|lab| lab.write("/w/a", "new b").unwrap()]);
    fs::copy(steps.journal(), other.journal()).unwrap();
    fs::write(other.journal(), &text).unwrap();
    assert!(matches!(other.resume(), Err(JournalError::OtherChanges { .. })));
    // A link is not followed.
    fs::write(steps.top.join("elsewhere"), &text).unwrap();
    fs::remove_file(steps.journal()).unwrap();
    std::os::unix::fs::symlink(steps.top.join("elsewhere"), steps.journal()).unwrap();
    assert!(matches!(steps.resume(), Err(JournalError::Io { .. })));
    assert!(matches!(steps.apply(Atomicity::All), Err(JournalError::Io { .. })));
    // What was not written to its end was never relied on.
    fs::remove_file(steps.journal()).unwrap();
    fs::write(steps.journal(), format!("{text}{{\"committed\":[")).unwrap();
    assert!(matches!(steps.resume().unwrap(), Resumed::RolledBack(_)));
    assert_eq!(steps.tree(), ["a=old a", "b=old b", "d/", "d/x=old x", "d/y=y"]);
}

/// Nothing is found in a folder that is not there; that does not mean that nothing was begun.
#[test]
fn a_mount_that_is_not_there_is_waited_for() {
    if !can_kill() {
        return;
    }
    let acts: &[Step] = &[|lab| lab.write("/w/a", "new a").unwrap()];
    let steps = Steps::killed_before_commit(acts, Atomicity::All);
    let away = steps.top.join("away");
    fs::rename(steps.top.join("host"), &away).unwrap();
    assert!(matches!(steps.resume(), Err(JournalError::Stuck { .. })));
    fs::create_dir(steps.top.join("host")).unwrap();
    assert!(matches!(steps.resume(), Err(JournalError::Stuck { .. })));
    fs::remove_dir(steps.top.join("host")).unwrap();
    fs::rename(&away, steps.top.join("host")).unwrap();
    assert!(matches!(steps.resume(), Ok(Resumed::RolledBack(_))));
    assert_eq!(fs::read_to_string(steps.host("a")).unwrap(), "old a");
}
