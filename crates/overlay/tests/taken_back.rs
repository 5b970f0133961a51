//! What could not be taken back is told, and waits under a journal.

#![cfg(target_os = "linux")]

mod common;

use aether_overlay::{Atomicity, Resumed, journal_waits, resume};
use common::kill::{Act, Faults, Stored, calls, can_kill};
use common::{Lab, tree};

/// Not a test of its own: what the others run.
#[test]
fn child() {
    common::kill::child();
}

/// Changes are made with these faults. What is told of them, and what is on the host then.
fn check(act: impl Fn(&mut Lab), atomicity: Atomicity, faults: Faults<'_>, told: &[&str]) -> Lab {
    let mut lab = Lab::new(&[("d/", ""), ("e/", "")]);
    act(&mut lab);
    let stored = Stored::of(&lab, atomicity);
    calls(&stored, Act::Apply, faults, &stored.log());
    assert_eq!(stored.told(), told);
    lab
}

/// The changes are made without faults, as far as they wait.
fn resumed(lab: &Lab) -> Resumed {
    let journal = lab.dir.path().join("journal");
    assert!(journal_waits(&journal).unwrap());
    resume(&[&lab.overlay.changeset()], &journal).unwrap()
}

fn becomes_a_file(lab: &mut Lab) {
    lab.remove_folder("/w/d").unwrap();
    lab.write("/w/d", "a file now").unwrap();
}

/// Nothing can be moved, so that the folder is removed; then the file cannot come to its path.
const IMMOVABLE: &str = "renameat2:error=EXDEV";

#[test]
fn a_folder_that_made_place_for_nothing_is_there_again() {
    if !can_kill() {
        return;
    }
    let told = ["/w/d blocked by /w/d", "/w/d Failed(CrossDevice)"];
    let lab = check(becomes_a_file, Atomicity::Each, &[IMMOVABLE], &told);
    assert_eq!(tree(&lab.host("")), ["d/", "e/"]);
    assert!(!journal_waits(&lab.dir.path().join("journal")).unwrap());
}

#[test]
fn a_folder_that_made_place_and_cannot_be_made_again_is_told() {
    if !can_kill() {
        return;
    }
    let faults = [IMMOVABLE, "mkdirat:error=EACCES"];
    let told = ["/w/d blocked by /w/d", "/w/d NotTakenBack(Denied)"];
    for atomicity in [Atomicity::Each, Atomicity::All] {
        let lab = check(becomes_a_file, atomicity, &faults, &told);
        assert_eq!(tree(&lab.host("")), ["e/"], "{atomicity:?}");
        match (atomicity, resumed(&lab)) {
            (Atomicity::Each, Resumed::Finished(_)) => {
                assert_eq!(tree(&lab.host("")), ["d=a file now", "e/"]);
            }
            (Atomicity::All, Resumed::RolledBack(_)) => {
                assert_eq!(tree(&lab.host("")), ["d/", "e/"]);
            }
            (_, other) => panic!("{atomicity:?}: {other:?}"),
        }
    }
}

/// The one folder goes, the other one does not, and the first one cannot be made again.
#[test]
fn a_removal_that_cannot_be_taken_back_is_told() {
    if !can_kill() {
        return;
    }
    let both = |lab: &mut Lab| {
        lab.remove_folder("/w/d").unwrap();
        lab.remove_folder("/w/e").unwrap();
    };
    let faults = [IMMOVABLE, "unlinkat:error=EACCES:when=2+", "mkdirat:error=EACCES"];
    let told = ["/w/d NotTakenBack(Denied)", "/w/e Failed(Denied)"];
    let lab = check(both, Atomicity::All, &faults, &told);
    assert_eq!(tree(&lab.host("")), ["e/"]);
    assert!(matches!(resumed(&lab), Resumed::RolledBack(_)));
    assert_eq!(tree(&lab.host("")), ["d/", "e/"]);
}
