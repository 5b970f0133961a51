//! What a plugin writes takes no more of the host's memory than it is charged for, and no more than
//! the limit however much it is charged for. The only test of its program: it measures what all of
//! it has in memory.

#![cfg(target_os = "linux")]

mod common;

use std::fs;

use aether_overlay::{Blob, Changeset, MAX_KEPT_IN_MEMORY, Quota, Resolution, apply};
use common::Lab;
use common::memory::{MIB, check_now, check_peak, forget_peak, now};

#[test]
fn memory_is_what_is_charged_for_and_bounded() {
    small_files_are_not_free();
    what_was_cut_is_given_back();
    what_was_appended_takes_its_length();
    one_huge_file_works_with_little_memory();
    holes_take_nothing();
}

fn lab(megabytes: u64) -> Lab {
    Lab::with(&[], Quota { bytes: megabytes * MIB, entries: 1000 }, Resolution::Auto)
}

fn small_files_are_not_free() {
    let mut lab = Lab::with(&[], Quota { bytes: 64 * MIB, entries: 20_000 }, Resolution::Auto);
    lab.mkdir("/w/a folder with a name").unwrap();
    let before = now();
    for number in 0..19_990 {
        lab.write(&format!("/w/a folder with a name/{number}"), "x").unwrap();
    }
    let (taken, charged) = (now() - before, lab.overlay.usage().bytes);
    assert!(taken < charged, "{taken} bytes taken, {charged} charged for");
}

/// Each file is charged for nothing, having been as long as the quota allows.
fn what_was_cut_is_given_back() {
    let mut lab = lab(64);
    let before = now();
    for number in 0..12 {
        let at = lab.at(&format!("/w/{number}")).unwrap();
        lab.overlay.write(&at, vec![1; 30 * MIB as usize]).unwrap();
        lab.overlay.truncate(&at, 0).unwrap();
    }
    // The allocator keeps something for the next time, but not twelve times.
    check_now("what was cut to nothing", before, 64 * MIB);
}

fn what_was_appended_takes_its_length() {
    let mut lab = lab(64);
    let before = now();
    for number in 0..8 {
        for _ in 0..21 {
            lab.append(&format!("/w/{number}"), &"x".repeat(170_000)).unwrap();
        }
    }
    check_now("what was appended", before, lab.overlay.usage().bytes);
}

fn one_huge_file_works_with_little_memory() {
    const LEN: u64 = 8 * MAX_KEPT_IN_MEMORY;
    let mut lab = lab(2 * LEN / MIB);
    let before = forget_peak();
    for piece in 0..LEN / MIB {
        lab.append("/w/huge", &letter(piece).repeat(MIB as usize)).unwrap();
    }
    assert!(lab.overlay.usage().bytes > LEN, "it is still counted");
    let taken = lab.overlay.changeset();
    // Written in place, at both ends and in the middle, while a changeset holds what was there.
    for at in [0, LEN / 2 - 2, LEN - 4] {
        lab.write_at("/w/huge", at, "HERE").unwrap();
    }
    let at = lab.at("/w/huge").unwrap();
    for piece in 0..LEN / MIB {
        let found = lab.overlay.read(&at, piece * MIB + 100, 10).unwrap();
        assert_eq!(found.bytes, letter(piece).repeat(10).as_bytes());
    }
    let content = |changeset: &Changeset| -> Blob {
        changeset.content_of(&changeset.changes()[0]).unwrap().clone()
    };
    assert_eq!(*content(&taken).read(LEN / 2 - 2, 4).unwrap(), *b"ccdd");
    let changeset = lab.overlay.changeset();
    assert_eq!(*content(&changeset).read(LEN / 2 - 2, 4).unwrap(), *b"HERE");
    changeset.save(&lab.dir.path().join("kept")).unwrap();
    assert!(apply(&changeset, |_| true).is_complete());
    assert_eq!(fs::metadata(lab.host("huge")).unwrap().len(), LEN);
    // One megabyte is given at a time, beside what may be kept.
    check_peak("a huge file", before, MAX_KEPT_IN_MEMORY);
    lab.remove_file("/w/huge").unwrap();
    assert_eq!(lab.overlay.usage(), aether_overlay::Usage::default());
}

fn letter(piece: u64) -> &'static str {
    ["a", "b", "c", "d", "e"][(piece % 5) as usize]
}

fn holes_take_nothing() {
    let mut lab = lab(1 << 20);
    let before = forget_peak();
    lab.write("/w/sparse", "beginning").unwrap();
    lab.write_at("/w/sparse", 700_000 * MIB, "end").unwrap();
    lab.truncate("/w/sparse", 900_000 * MIB).unwrap();
    assert_eq!(lab.truncate("/w/sparse", (1 << 20) * MIB), Err("ENOSPC"), "holes are counted");
    let at = lab.at("/w/sparse").unwrap();
    assert_eq!(lab.overlay.read(&at, 700_000 * MIB - 1, 5).unwrap().bytes, b"\0end\0");
    lab.truncate("/w/sparse", 20 * MIB).unwrap();
    lab.write_at("/w/sparse", 10 * MIB, "middle").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    let meta = fs::metadata(lab.host("sparse")).unwrap();
    let held = std::os::unix::fs::MetadataExt::blocks(&meta) * 512;
    assert_eq!(meta.len(), 20 * MIB);
    assert!(held < MIB, "{held} bytes on the host's disk");
    check_peak("a sparse file", before, 0);
}
