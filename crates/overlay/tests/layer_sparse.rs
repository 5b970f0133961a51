//! Files of a layer that are holes for the most part. The only test of its program: it measures
//! what all of it has in memory.

#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use aether_overlay::{
    Changeset, DiffBody, MAX_KEPT_IN_MEMORY, Quota, Resolution, apply, diff, preview,
};
use common::layer::{Lab, said};
use common::memory::{check_peak, forget_peak};
use common::short;

/// As long as the disk limit that a native program may have: eight times what is kept.
const LEN: u64 = 8 * MAX_KEPT_IN_MEMORY;

/// Where the files are no hole.
const DATA: [u64; 3] = [0, LEN / 2 - 3, LEN - 5];

#[test]
fn what_is_long_and_sparse_takes_bounded_memory_and_stays_sparse() {
    let lab = Lab::new(&[("changed", "old")]);
    for name in ["changed", "new"] {
        lab.upper(name, "");
        sparse(&lab.at("upper").join(name));
    }
    let before = forget_peak();
    let written = lab.read_with(Quota { bytes: 2 * LEN, entries: 100 }, Resolution::Auto);
    assert_eq!(short(&written.changes), ["~ /w/changed", "+ /w/new"]);
    assert!(written.left_out.is_empty(), "{:?}", said(&written.left_out));
    check_peak("reading the layer", before, MAX_KEPT_IN_MEMORY);

    let bodies = diff(&written.changes);
    assert!(bodies.iter().all(|one| matches!(one.body, DiffBody::TooLarge { .. })));
    written.changes.save(&lab.at("kept")).expect("kept");
    for blob in fs::read_dir(lab.at("kept/blobs")).expect("blobs") {
        check_sparse(&blob.expect("a blob").path());
    }
    let loaded = Changeset::load(&lab.at("kept")).expect("read back");
    assert_eq!(loaded, written.changes);
    assert!(preview(&loaded, |_| true).is_complete());
    assert!(apply(&loaded, |_| true).is_complete());
    for name in ["changed", "new"] {
        check_sparse(&lab.at("host").join(name));
    }
    check_peak("keeping and applying", before, MAX_KEPT_IN_MEMORY);
}

fn sparse(path: &Path) {
    let file = OpenOptions::new().write(true).open(path).expect("a file");
    file.set_len(LEN).expect("its length");
    for at in DATA {
        file.write_all_at(b"data", at).expect("data");
    }
}

fn check_sparse(path: &Path) {
    let file = File::open(path).expect("a file");
    let meta = file.metadata().expect("its length");
    assert_eq!(meta.len(), LEN);
    let held = meta.blocks() * 512;
    assert!(held < 1 << 20, "{} holds {held} bytes", path.display());
    let mut found = [0; 5];
    for at in DATA {
        file.read_exact_at(&mut found, at).expect("data");
        assert_eq!(&found, b"data\0", "at {at} of {}", path.display());
    }
}
