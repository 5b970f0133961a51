//! Files with several names, with none, and symlinks.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use aether_overlay::{
    Changeset, Conflict, Kind, MAX_HANDLES, Outcome, Problem, Quota, Resolution, StoreError, Usage,
    apply, preview,
};
use common::{Lab, path, tree};

const HOST: &[(&str, &str)] = &[("a", "old a"), ("b", "old b"), ("d/x", "old x"), ("l -> a", "")];

fn applied(lab: &Lab) -> Vec<String> {
    let changeset = lab.overlay.changeset();
    assert!(preview(&changeset, |_| true).is_complete());
    for _ in 0..2 {
        let report = apply(&changeset, |_| true);
        assert!(report.is_complete(), "{report:?}");
    }
    tree(&lab.host(""))
}

#[test]
fn names_of_one_file_share_what_is_written() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/n", "new").unwrap();
    lab.link("/w/n", "/w/d/m").unwrap();
    lab.link("/w/a", "/w/c").unwrap();
    lab.append("/w/d/m", "er").unwrap();
    lab.write("/w/a", "new a").unwrap();
    assert_eq!(lab.read("/w/n").unwrap(), "newer");
    assert_eq!(lab.read("/w/c").unwrap(), "new a");
    assert_eq!((lab.stat("/w/n").links, lab.stat("/w/a").links, lab.stat("/w/b").links), (2, 2, 1));
    lab.rename("/w/n", "/w/d/n").unwrap();
    lab.truncate("/w/d/n", 1).unwrap();
    assert_eq!(lab.read("/w/d/m").unwrap(), "n");
    lab.remove_file("/w/d/n").unwrap();
    assert_eq!((lab.read("/w/d/m").unwrap().as_str(), lab.stat("/w/d/m").links), ("n", 1));
    assert_eq!(lab.changes(), ["~ /w/a", "+ /w/c", "+ /w/d/m"]);
    let host = ["a=new a", "b=old b", "c=new a", "d/", "d/m=n", "d/x=old x", "l -> a"];
    assert_eq!(applied(&lab), host);
}

#[test]
fn second_names_are_refused_where_a_file_system_does() {
    let mut lab = Lab::new(HOST);
    assert_eq!(lab.link("/w/none", "/w/n"), Err("ENOENT"));
    assert_eq!(lab.link("/w/a", "/w/b"), Err("EEXIST"));
    assert_eq!(lab.link("/w/a", "/w/none/n"), Err("ENOENT"));
    assert_eq!(lab.link("/w/a", "/w/b/n"), Err("ENOTDIR"));
    assert_eq!(lab.link("/w/d", "/w/n"), Err("EPERM"));
    assert_eq!(lab.link("/w/l", "/w/n"), Err("EPERM"));
    assert_eq!(lab.link("/w/a", "/else"), Err("EACCES"));
    assert_eq!(lab.changes(), [""; 0]);
    // Two names of one file: moving one over the other leaves both.
    lab.link("/w/a", "/w/c").unwrap();
    lab.rename("/w/c", "/w/a").unwrap();
    assert_eq!(lab.list("/w").unwrap(), ["a", "b", "c", "d", "l"]);
}

#[test]
fn a_content_counts_once_until_its_last_name_is_gone() {
    let mut lab = Lab::with(&[], Quota { bytes: 10_000, entries: 20 }, Resolution::Auto);
    lab.write("/w/n", &"x".repeat(5000)).unwrap();
    lab.mkdir("/w/f").unwrap();
    for name in ["/w/1", "/w/2", "/w/f/3"] {
        lab.link("/w/n", name).unwrap();
    }
    assert!((5000..9000).contains(&lab.overlay.usage().bytes));
    assert_eq!(lab.append("/w/n", &"x".repeat(5000)), Err("ENOSPC"));
    for name in ["/w/n", "/w/1", "/w/f/3"] {
        lab.remove_file(name).unwrap();
    }
    assert!(lab.overlay.usage().bytes > 5000);
    let handle = lab.open("/w/2").unwrap();
    lab.remove_tree("/w/f").unwrap();
    lab.remove_file("/w/2").unwrap();
    assert!(lab.overlay.usage().bytes > 5000, "still open");
    lab.overlay.close(&handle).unwrap();
    assert_eq!(lab.overlay.usage(), Usage::default());
}

/// A private file of the host is not for everyone because it got a second name or place.
#[test]
fn copies_and_moved_folders_keep_their_permissions() {
    let mut lab = Lab::new(HOST);
    fs::set_permissions(lab.host("a"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(lab.host("d"), fs::Permissions::from_mode(0o700)).unwrap();
    lab.link("/w/a", "/w/c").unwrap();
    lab.rename("/w/d", "/w/e").unwrap();
    applied(&lab);
    let mode = |name: &str| fs::metadata(lab.host(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(["a", "c", "e", "e/x"].map(mode), [0o600, 0o600, 0o700, 0o644]);
}

#[test]
fn links_of_moved_files_come_from_somewhere() {
    let mut lab = Lab::new(HOST);
    lab.rename("/w/a", "/w/m").unwrap();
    lab.link("/w/m", "/w/n").unwrap();
    lab.rename("/w/n", "/w/a").unwrap();
    lab.append("/w/a", "+").unwrap();
    assert_eq!(lab.changes(), ["+ /w/a", "> /w/a /w/m ~"]);
    assert_eq!(applied(&lab)[0], "a=old a+");
}

#[test]
fn open_files_stay_what_they_are() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/n", "new").unwrap();
    let (a, x, n) =
        (lab.open("/w/l").unwrap(), lab.open("/w/d/x").unwrap(), lab.open("/w/n").unwrap());
    assert_eq!(a.path().as_str(), "/w/a");
    lab.rename("/w/d", "/w/e").unwrap();
    lab.remove_file("/w/a").unwrap();
    lab.write("/w/a", "another").unwrap();
    lab.rename("/w/a", "/w/n").unwrap();
    assert_eq!(lab.read_open(&a).unwrap(), "old a");
    assert_eq!(lab.read_open(&x).unwrap(), "old x");
    assert_eq!(lab.read_open(&n).unwrap(), "new");
    assert_eq!((lab.overlay.stat_open(&n).unwrap().links, lab.stat("/w/n").links), (0, 1));
    // What has no name is written for nobody, what was moved is written where it is.
    lab.overlay.write_open(&a, 7, b"+").unwrap();
    lab.overlay.append_open(&n, b"er").unwrap();
    lab.overlay.truncate_open(&x, 3).unwrap();
    assert_eq!(lab.read_open(&a).unwrap(), "old a\0\0+");
    assert_eq!(lab.read_open(&n).unwrap(), "newer");
    assert_eq!(lab.read("/w/e/x").unwrap(), "old");
    assert_eq!(lab.read("/w/n").unwrap(), "another");
    for handle in [&a, &x, &n] {
        lab.overlay.close(handle).unwrap();
        assert_eq!(lab.overlay.close(handle).unwrap_err().code(), "EBADF");
        assert_eq!(lab.read_open(handle), Err("EBADF"));
    }
    let host = ["b=old b", "e/", "e/x=old", "l -> a", "n=another"];
    assert_eq!(applied(&lab), host);
}

#[test]
fn what_is_only_open_is_the_hosts_and_no_change() {
    let mut lab = Lab::new(HOST);
    let handle = lab.open("/w/a").unwrap();
    fs::write(lab.host("a"), "newer a").unwrap();
    assert_eq!(lab.read_open(&handle).unwrap(), "newer a");
    assert_eq!(lab.overlay.stat_open(&handle).unwrap().size, 7);
    assert!(lab.overlay.changeset().is_empty());
    lab.write("/w/a", "through its name").unwrap();
    assert_eq!(lab.read_open(&handle).unwrap(), "through its name");
    lab.overlay.write_open(&handle, 0, b"THROUGH").unwrap();
    assert_eq!(lab.read("/w/a").unwrap(), "THROUGH its name");
    assert_eq!(applied(&lab)[0], "a=THROUGH its name");
}

#[test]
fn what_was_read_by_a_handle_was_read() {
    let mut lab = Lab::new(HOST);
    let handle = lab.open("/w/a").unwrap();
    lab.read_open(&handle).unwrap();
    fs::write(lab.host("a"), "saved meanwhile").unwrap();
    lab.overlay.write_open(&handle, 0, b"over").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert_eq!(report.changes[0].outcome, Outcome::Conflict(Conflict::Changed));
}

#[test]
fn open_files_are_limited_and_charged_for() {
    let mut lab = Lab::new(HOST);
    let handles: Vec<_> = (0..MAX_HANDLES).map(|_| lab.open("/w/a").unwrap()).collect();
    assert_ne!(lab.overlay.usage().bytes, 0);
    assert_eq!(lab.open("/w/b"), Err("EMFILE"));
    for handle in &handles {
        lab.overlay.close(handle).unwrap();
    }
    assert_eq!(lab.overlay.usage(), Usage::default());
    assert_eq!(lab.open("/w/d"), Err("EISDIR"));
    assert_eq!(lab.open("/w/none"), Err("ENOENT"));
    let mut small = Lab::with(HOST, Quota { bytes: 600, entries: 1 }, Resolution::Auto);
    small.open("/w/a").unwrap();
    assert_eq!(small.open("/w/a"), Err("ENOSPC"));
}

#[test]
fn symlinks_are_made_read_followed_and_applied() {
    let mut lab = Lab::new(HOST);
    lab.symlink("../a", "/w/d/n").unwrap();
    lab.symlink("d", "/w/f").unwrap();
    lab.symlink("not/yet", "/w/m").unwrap();
    assert_eq!(lab.readlink("/w/d/n").unwrap(), "../a");
    assert_eq!(lab.readlink("/w/l").unwrap(), "a");
    assert_eq!(lab.readlink("/w/a"), Err("EINVAL"));
    assert_eq!(lab.readlink("/w/none"), Err("ENOENT"));
    assert_eq!(lab.read("/w/f/n").unwrap(), "old a");
    lab.append("/w/f/n", "+").unwrap();
    assert_eq!(lab.read("/w/a").unwrap(), "old a+");
    let stat = lab.stat("/w/f");
    assert_eq!((stat.kind, stat.size), (Kind::Symlink, 1));
    lab.rename("/w/f", "/w/d/f").unwrap();
    lab.remove_file("/w/l").unwrap();
    lab.symlink("b", "/w/l").unwrap();
    assert_eq!(
        lab.changes(),
        [
            "~ /w/a",
            "+ /w/d/f -> d",
            "+ /w/d/n -> ../a",
            "- /w/l",
            "+ /w/l -> b",
            "+ /w/m -> not/yet",
        ]
    );
    let changeset = lab.overlay.changeset();
    let store = lab.dir.path().join("store");
    changeset.save(&store).unwrap();
    assert_eq!(Changeset::load(&store).unwrap(), changeset);
    assert_eq!(
        applied(&lab),
        [
            "a=old a+",
            "b=old b",
            "d/",
            "d/f -> d",
            "d/n -> ../a",
            "d/x=old x",
            "l -> b",
            "m -> not/yet",
        ]
    );
}

#[test]
fn symlinks_that_could_lead_out_are_refused() {
    let mut lab = Lab::new(&[HOST, &[("out -> /etc", ""), ("d/e/", "")]].concat());
    for (target, at) in [
        ("/etc/passwd", "/w/n"),
        ("/w/a", "/w/n"),
        ("..", "/w/n"),
        ("../../x", "/w/d/n"),
        ("d/../../x", "/w/n"),
        ("out/passwd", "/w/n"),
        ("../out", "/w/d/n"),
    ] {
        assert_eq!(lab.symlink(target, at), Err("EPERM"), "{target}");
    }
    assert_eq!(lab.symlink("", "/w/n"), Err("EINVAL"));
    assert_eq!(lab.symlink(&"x".repeat(4096), "/w/n"), Err("EINVAL"));
    assert_eq!(lab.symlink("a", "/w/b"), Err("EEXIST"));
    assert_eq!(lab.symlink("a", "/w/l"), Err("EEXIST"));
    assert_eq!(lab.symlink("a", "/w/none/n"), Err("ENOENT"));
    assert_eq!(lab.symlink("a", "/n"), Err("EACCES"));
    let at = lab.itself("/w/n").unwrap();
    let error = lab.overlay.symlink("d/x", &at, |named| named.as_str() != "/w/d/x").unwrap_err();
    assert_eq!((error.problem, error.path), (Problem::Refused, path("/w/d/x")));
    assert_eq!(lab.changes(), [""; 0]);
    // Not by moving, alone or in a folder, nor by a second name.
    lab.symlink("../../a", "/w/d/e/n").unwrap();
    assert_eq!(lab.rename("/w/d/e/n", "/w/n"), Err("EPERM"));
    assert_eq!(lab.rename("/w/d/e", "/w/e"), Err("EPERM"));
    assert_eq!(lab.link("/w/d/e/n", "/w/n"), Err("EPERM"));
    lab.symlink("out/passwd", "/w/d/n").unwrap();
    assert_eq!(lab.rename("/w/d/n", "/w/n"), Err("EPERM"));
    assert_eq!(lab.changes(), ["+ /w/d/e/n -> ../../a", "+ /w/d/n -> out/passwd"]);
}

#[test]
fn a_symlink_made_again_as_it_was_is_no_change() {
    let mut lab = Lab::new(HOST);
    lab.remove_file("/w/l").unwrap();
    lab.symlink("a", "/w/l").unwrap();
    assert_eq!(lab.changes(), [""; 0]);
    // But for one that stands elsewhere now.
    let mut lab = Lab::new(HOST);
    lab.rename("/w/l", "/w/m").unwrap();
    lab.symlink("a", "/w/l").unwrap();
    assert_eq!(lab.changes(), ["+ /w/l -> a", "> /w/l /w/m"]);
    applied(&lab);
}

#[test]
fn a_stored_symlink_is_checked_again() {
    let mut lab = Lab::new(HOST);
    lab.symlink("../a", "/w/d/n").unwrap();
    let store = lab.dir.path().join("store");
    lab.overlay.changeset().save(&store).unwrap();
    let index = store.join("index.json");
    let text = fs::read_to_string(&index).unwrap().replace("../a", "../../a");
    fs::write(&index, text).unwrap();
    assert!(matches!(Changeset::load(&store), Err(StoreError::Inconsistent { .. })));
}

/// What was checked in the virtual tree is checked on the host: by then, somebody may have put a
/// symlink on the way.
#[test]
fn a_symlink_that_has_come_to_lead_out_is_not_made() {
    let outside = tempfile::tempdir().unwrap();
    let mut lab = Lab::new(&[HOST, &[("e/m -> ../d/x", "")]].concat());
    lab.symlink("d/x", "/w/n").unwrap();
    lab.rename("/w/e/m", "/w/d/m").unwrap();
    let changeset = lab.overlay.changeset();
    fs::remove_dir_all(lab.host("d")).unwrap();
    fs::write(outside.path().join("x"), "secret").unwrap();
    symlink(outside.path(), lab.host("d")).unwrap();
    for report in [preview(&changeset, |_| true), apply(&changeset, |_| true)] {
        let outcomes: Vec<_> = report.changes.iter().map(|one| &one.outcome).collect();
        let leads_out = &Outcome::Conflict(Conflict::LeadsOut);
        let on_the_way = &Outcome::Conflict(Conflict::Symlink);
        assert_eq!(outcomes, [on_the_way, leads_out]);
    }
    assert!(!lab.host("n").is_symlink());
}
