//! Single files that a program was granted: each in a layer of its own.

#![cfg(target_os = "linux")]

mod common;

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use aether_overlay::{
    Layer, LayersConfig, LeftOutReason, Mount, Outcome, Quota, Written, apply, read_layers,
};
use common::layer::{Lab, said};
use common::{fill, path, short, tree};
use rustix::fs::{CWD, FileType, Mode, mknodat};

/// A granted file, by its place and its name on the host; its layer is the folder `upper` of the lab.
fn single(lab: &Lab, at: &str, host: &str, upper: &str) -> Layer {
    Layer {
        mount: Mount::file(path(at), lab.at("host").join(host)),
        upper: File::open(lab.at(upper)).expect("a layer"),
    }
}

fn read(layers: Vec<Layer>) -> Written {
    read_layers(LayersConfig { layers, ..LayersConfig::default() }).expect("a changeset")
}

#[test]
fn a_file_is_compared_with_the_hosts() {
    let lab = Lab::new(&[("a", "old a"), ("b", "old b"), ("c", "old c"), ("d/", "")]);
    for (upper, name, content) in [
        ("1", "a", "new a"),
        // As it was mounted.
        ("2", "b", "old b"),
        // One that the host lacks, under another name than on the host.
        ("4", "there", "new"),
        ("5", "empty", ""),
    ] {
        fill(&lab.at(upper), &[(name, content)]);
    }
    fs::create_dir(lab.at("3")).expect("a folder");
    let written = read(vec![
        single(&lab, "/w/a", "a", "1"),
        single(&lab, "/w/b", "b", "2"),
        // Not in its layer: what was mounted cannot have been removed.
        single(&lab, "/w/c", "c", "3"),
        single(&lab, "/elsewhere/there", "d/new", "4"),
        single(&lab, "/empty", "d/e/empty", "5"),
    ]);
    assert_eq!(short(&written.changes), ["+ /elsewhere/there", "+ /empty", "~ /w/a"]);
    assert!(written.left_out.is_empty(), "{:?}", said(&written.left_out));
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(
        tree(&lab.at("host")),
        ["a=new a", "b=old b", "c=old c", "d/", "d/e/", "d/e/empty=", "d/new=new"]
    );
}

#[test]
fn nothing_but_the_file_itself_is_looked_at() {
    let lab = Lab::new(&[("a", "old"), ("b", "old"), ("x", "old")]);
    fill(&lab.at("upper"), &[("a", "new"), ("other", "not granted"), ("b/deep", "")]);
    lab.whiteout("x");
    // No overlay reads these, so they mean nothing.
    lab.upper("e", "");
    lab.mark("e", "user.overlay.whiteout", b"");
    lab.mark("a", "user.overlay.redirect", b"/secret");
    let written = read(vec![
        single(&lab, "/w/a", "a", "upper"),
        single(&lab, "/w/b", "b", "upper"),
        single(&lab, "/w/e", "e", "upper"),
    ]);
    assert_eq!(short(&written.changes), ["~ /w/a", "+ /w/e"]);
    assert_eq!(said(&written.left_out), ["/w/b: its content is not in the layer"]);
}

#[test]
fn nothing_but_a_file_is_read() {
    let lab = Lab::new(&[("a", "old"), ("p", "old"), ("x", "old")]);
    fs::write(lab.at("secret"), "secret").expect("a file");
    symlink("../secret", lab.at("upper/a")).expect("a symlink");
    mknodat(CWD, lab.at("upper/p"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).expect("a pipe");
    lab.whiteout("x");
    let layers = ["a", "p", "x"].map(|name| single(&lab, &format!("/w/{name}"), name, "upper"));
    let written = read(layers.into());
    assert!(written.changes.is_empty());
    assert_eq!(
        said(&written.left_out),
        [
            "/w/a: is a symlink that could lead out of its folder",
            "/w/p: is a named pipe",
            "/w/x: is a device"
        ]
    );
}

#[test]
fn files_lie_within_folders_and_beside_each_other() {
    let lab = Lab::new(&[("d/a", "old a"), ("d/b", "old b"), ("d/c", "old c")]);
    // What the folder's layer has at these places are the places of the mounts.
    fill(&lab.at("upper"), &[("d/n", ""), ("d/a", ""), ("d/c", "new c")]);
    lab.mark("d", "user.overlay.opaque", b"y");
    fill(&lab.at("1"), &[("a", "new a")]);
    fill(&lab.at("2"), &[("n", "new n")]);
    let written = read(vec![
        Layer { mount: lab.mount(), upper: File::open(lab.at("upper")).expect("a layer") },
        single(&lab, "/w/d/a", "d/a", "1"),
        single(&lab, "/w/d/n", "d/n", "2"),
    ]);
    assert_eq!(short(&written.changes), ["~ /w/d/a", "- /w/d/b", "~ /w/d/c", "+ /w/d/n"]);
    assert!(written.left_out.is_empty(), "{:?}", said(&written.left_out));
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(tree(&lab.at("host")), ["d/", "d/a=new a", "d/c=new c", "d/n=new n"]);
}

#[test]
fn what_the_host_made_of_it_meanwhile_stays() {
    let lab = Lab::new(&[("a", "old"), ("d", "old")]);
    fill(&lab.at("upper"), &[("a", "new"), ("d", "new"), ("n", "new")]);
    fs::write(lab.at("host/a"), "changed by the host").expect("a file");
    fs::write(lab.at("host/n"), "made by the host").expect("a file");
    fs::remove_file(lab.at("host/d")).expect("removed");
    fill(&lab.at("host"), &[("d/in", "a folder by now")]);
    let layers = ["a", "d", "n"].map(|name| single(&lab, &format!("/w/{name}"), name, "upper"));
    let written = read(layers.into());
    let reasons: Vec<_> = written.left_out.iter().map(|one| one.reason).collect();
    assert_eq!(reasons, [LeftOutReason::MountPoint]);
    assert_eq!(short(&written.changes), ["~ /w/a", "~ /w/n"]);
    let report = apply(&written.changes, |_| true);
    assert_eq!(report.with(|outcome| matches!(outcome, Outcome::Conflict(_))).count(), 2);
    assert_eq!(
        tree(&lab.at("host")),
        ["a=changed by the host", "d/", "d/in=a folder by now", "n=made by the host"]
    );
}

#[test]
fn what_was_written_blindly_keeps_the_hosts_permissions() {
    let lab = Lab::new(&[("a", "old"), ("b", "old"), ("d/c", "old"), ("d/e", "old")]);
    let rights = |name: &str, mode| {
        fs::set_permissions(lab.at(name), fs::Permissions::from_mode(mode)).expect("permissions");
    };
    for name in ["host/a", "host/d/c"] {
        rights(name, 0o750);
    }
    fill(&lab.at("upper"), &[("a", "new"), ("b", "new"), ("c", "new"), ("e", "new")]);
    rights("upper/e", 0o755);
    let layers = |folder: &str| {
        let mount = Mount::folder(path("/d"), lab.at("host").join(folder));
        let upper = File::open(lab.at("upper")).expect("a layer");
        vec![
            single(&lab, "/w/a", "a", "upper"),
            single(&lab, "/w/b", "b", "upper"),
            Layer { mount, upper },
        ]
    };
    let seen = read(layers("d"));
    let modes = |written: &Written| {
        let changes = written.changes.changes().iter().filter_map(|change| {
            let modes = change.mode?;
            Some(format!("{} {:o} {:o}", change.path, modes.old?, modes.new))
        });
        changes.collect::<Vec<_>>()
    };
    assert_eq!(modes(&seen), ["/d/c 750 644", "/d/e 644 755", "/w/a 750 644"]);
    let blank = vec![path("/w/a"), path("/w/b"), path("/d")];
    let config = LayersConfig { layers: layers("d"), blank, ..LayersConfig::default() };
    let written = read_layers(config).expect("a changeset");
    assert!(written.left_out.is_empty(), "{:?}", said(&written.left_out));
    assert_eq!(modes(&written), ["/d/e 644 755"]);
    assert!(apply(&written.changes, |_| true).is_complete());
    let mode = |name: &str| fs::metadata(lab.at("host").join(name)).expect("a file").mode() & 0o777;
    assert_eq!(["a", "b", "d/c", "d/e"].map(mode), [0o750, 0o644, 0o750, 0o755]);
}

#[test]
fn files_share_the_quota_with_everything_else() {
    let lab = Lab::new(&[]);
    fill(&lab.at("upper"), &[("a", "xxxx"), ("b", "xxxx"), ("c", "")]);
    let layers =
        || ["a", "b", "c"].map(|name| single(&lab, &format!("/w/{name}"), name, "upper")).into();
    let read = |bytes, entries| {
        let quota = Quota { bytes, entries };
        let config = LayersConfig { layers: layers(), quota, ..LayersConfig::default() };
        let written = read_layers(config).expect("a changeset");
        (short(&written.changes), said(&written.left_out))
    };
    let too_long = "/w/b: is 4 bytes long, which is beyond the disk limit";
    assert_eq!(read(7, 10), (vec!["+ /w/a".into(), "+ /w/c".into()], vec![too_long.into()]));
    let too_many = "/w/c: beyond the limit of 2 changed files and folders";
    assert_eq!(read(100, 2), (vec!["+ /w/a".into(), "+ /w/b".into()], vec![too_many.into()]));
}
