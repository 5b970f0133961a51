//! What a plugin sees after what it did, and that the host stays as it was.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::fs;

use aether_overlay::{Kind, Mount, Quota, QuotaKind, Resolution};
use common::{Lab, path, tree};

const HOST: &[(&str, &str)] =
    &[("a", "old a"), ("b", "old b"), ("d/x", "old x"), ("d/y/z", "old z"), ("empty/", "")];

/// Runs `act` on a fresh overlay, then compares what is visible and what would change.
fn check(act: impl Fn(&mut Lab), visible: &[&str], changes: &[&str]) {
    for resolution in [Resolution::Auto, Resolution::Walk] {
        let mut lab = Lab::with(HOST, Quota::default(), resolution);
        let before = tree(&lab.host(""));
        act(&mut lab);
        assert_eq!(shown(&lab, "/w"), visible, "visible");
        assert_eq!(lab.changes(), changes, "changes");
        assert_eq!(tree(&lab.host("")), before, "the host");
    }
}

fn shown(lab: &Lab, folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for name in lab.list(folder).expect(folder) {
        let at = format!("{folder}/{name}");
        let short = at.trim_start_matches("/w/").to_owned();
        match lab.overlay.stat(&lab.itself(&at).unwrap()).unwrap().kind {
            Kind::Folder => {
                found.push(format!("{short}/"));
                found.extend(shown(lab, &at));
            }
            _ => found.push(format!("{short}={}", lab.read(&at).expect(&at))),
        }
    }
    found
}

const D: [&str; 6] = ["d/", "d/x=old x", "d/y/", "d/y/z=old z", "empty/", ""];

fn with_d(before: &[&'static str]) -> Vec<&'static str> {
    before.iter().copied().chain(D).filter(|line| !line.is_empty()).collect()
}

#[test]
fn nothing_done_changes_nothing() {
    check(|_| {}, &with_d(&["a=old a", "b=old b"]), &[]);
}

#[test]
fn written_files_are_visible() {
    check(
        |lab| {
            lab.write("/w/a", "new").unwrap();
            lab.write("/w/c", "fresh").unwrap();
            lab.write("/w/b", "old b").unwrap();
        },
        &with_d(&["a=new", "b=old b", "c=fresh"]),
        &["~ /w/a", "+ /w/c"],
    );
}

#[test]
fn partial_writes_copy_up() {
    check(
        |lab| {
            lab.append("/w/a", "+more").unwrap();
            lab.append("/w/n", "1").unwrap();
            lab.append("/w/n", "2").unwrap();
            lab.write_at("/w/b", 1, "XY").unwrap();
            lab.write_at("/w/d/x", 7, "!").unwrap();
            lab.truncate("/w/d/y/z", 3).unwrap();
            assert_eq!(lab.read("/w/d/x").unwrap(), "old x\0\0!");
        },
        &["a=old a+more", "b=oXY b", "d/", "d/x=old x\0\0!", "d/y/", "d/y/z=old", "empty/", "n=12"],
        &["~ /w/a", "~ /w/b", "~ /w/d/x", "~ /w/d/y/z", "+ /w/n"],
    );
}

#[test]
fn truncating_to_more_fills_with_zeros_and_to_nothing_copies_nothing() {
    let mut lab = Lab::new(HOST);
    lab.truncate("/w/a", 7).unwrap();
    assert_eq!(lab.read("/w/a").unwrap(), "old a\0\0");
    lab.truncate("/w/b", 0).unwrap();
    assert_eq!(lab.read("/w/b").unwrap(), "");
    assert_eq!(lab.truncate("/w/none", 0), Err("ENOENT"));
    assert_eq!(lab.write_at("/w/none", 0, "x"), Err("ENOENT"));
}

#[test]
fn whiteout_then_created_again() {
    check(
        |lab| {
            lab.remove_file("/w/a").unwrap();
            assert_eq!(lab.read("/w/a"), Err("ENOENT"));
            assert_eq!(lab.remove_file("/w/a"), Err("ENOENT"));
            lab.append("/w/a", "again").unwrap();
            lab.remove_file("/w/b").unwrap();
        },
        &with_d(&["a=again"]),
        &["~ /w/a", "- /w/b"],
    );
}

#[test]
fn a_folder_made_again_is_empty() {
    check(
        |lab| {
            lab.remove_tree("/w/d").unwrap();
            assert_eq!(lab.read("/w/d/x"), Err("ENOENT"));
            lab.mkdir("/w/d").unwrap();
            assert_eq!(lab.list("/w/d").unwrap(), [""; 0]);
            lab.write("/w/d/new", "n").unwrap();
            lab.write("/w/d/x", "x again").unwrap();
            lab.remove_file("/w/d/x").unwrap();
            assert_eq!(lab.list("/w/d").unwrap(), ["new"]);
        },
        &["a=old a", "b=old b", "d/", "d/new=n", "empty/"],
        &["+ /w/d/new", "- /w/d/x", "- /w/d/y/", "- /w/d/y/z"],
    );
}

#[test]
fn a_thing_takes_the_place_of_another_kind() {
    check(
        |lab| {
            lab.remove_file("/w/a").unwrap();
            lab.mkdir("/w/a").unwrap();
            lab.write("/w/a/in", "1").unwrap();
            lab.remove_tree("/w/d").unwrap();
            lab.write("/w/d", "file").unwrap();
            assert_eq!(lab.read("/w/d/x"), Err("ENOTDIR"));
        },
        &["a/", "a/in=1", "b=old b", "d=file", "empty/"],
        &[
            "- /w/a",
            "+ /w/a/",
            "+ /w/a/in",
            "- /w/d/",
            "+ /w/d",
            "- /w/d/x",
            "- /w/d/y/",
            "- /w/d/y/z",
        ],
    );
}

#[test]
fn renamed_files() {
    check(
        |lab| {
            lab.rename("/w/a", "/w/moved").unwrap();
            lab.rename("/w/b", "/w/empty/b").unwrap();
            lab.append("/w/empty/b", "+").unwrap();
        },
        &["d/", "d/x=old x", "d/y/", "d/y/z=old z", "empty/", "empty/b=old b+", "moved=old a"],
        &["> /w/b /w/empty/b ~", "> /w/a /w/moved"],
    );
}

#[test]
fn renamed_over_a_file_and_over_a_whiteout() {
    check(
        |lab| {
            lab.rename("/w/a", "/w/b").unwrap();
            lab.remove_file("/w/d/x").unwrap();
            lab.write("/w/new", "n").unwrap();
            lab.rename("/w/new", "/w/d/x").unwrap();
        },
        &["b=old a", "d/", "d/x=n", "d/y/", "d/y/z=old z", "empty/"],
        &["> /w/a /w/b", "~ /w/d/x"],
    );
}

#[test]
fn renamed_there_and_back_is_no_change() {
    check(
        |lab| {
            lab.rename("/w/a", "/w/t").unwrap();
            lab.rename("/w/t", "/w/a").unwrap();
            lab.rename("/w/d", "/w/e").unwrap();
            lab.rename("/w/e", "/w/d").unwrap();
            lab.write("/w/b", "x").unwrap();
            lab.write("/w/b", "old b").unwrap();
            lab.write("/w/gone", "x").unwrap();
            lab.remove_file("/w/gone").unwrap();
        },
        &with_d(&["a=old a", "b=old b"]),
        &[],
    );
}

#[test]
fn exchanged_files() {
    check(
        |lab| {
            lab.rename("/w/a", "/w/t").unwrap();
            lab.rename("/w/b", "/w/a").unwrap();
            lab.rename("/w/t", "/w/b").unwrap();
        },
        &with_d(&["a=old b", "b=old a"]),
        &["> /w/b /w/a", "> /w/a /w/b"],
    );
}

#[test]
fn renamed_folders_keep_what_is_changed_in_them() {
    check(
        |lab| {
            lab.remove_file("/w/d/x").unwrap();
            lab.write("/w/d/n", "new").unwrap();
            lab.write("/w/d/y/z", "changed").unwrap();
            lab.rename("/w/d", "/w/empty").unwrap();
            assert_eq!(lab.list("/w/d"), Err("ENOENT"));
            assert_eq!(lab.rename("/w/empty", "/w/empty/y/in"), Err("EINVAL"));
        },
        &["a=old a", "b=old b", "empty/", "empty/n=new", "empty/y/", "empty/y/z=changed"],
        &[
            "- /w/d/",
            "- /w/d/x",
            "- /w/d/y/",
            "+ /w/empty/n",
            "+ /w/empty/y/",
            "> /w/d/y/z /w/empty/y/z ~",
        ],
    );
}

#[test]
fn errors_are_those_of_a_file_system() {
    let mut lab = Lab::new(HOST);
    assert_eq!(lab.read("/w/d"), Err("EISDIR"));
    assert_eq!(lab.read("/w/a/x"), Err("ENOTDIR"));
    assert_eq!(lab.read("/w/none"), Err("ENOENT"));
    assert_eq!(lab.read("/w/none/x"), Err("ENOENT"));
    assert_eq!(lab.read("/none"), Err("ENOENT"));
    assert_eq!(lab.list("/w/a"), Err("ENOTDIR"));
    assert_eq!(lab.list("/w/none"), Err("ENOENT"));
    assert_eq!(lab.write("/w/d", ""), Err("EISDIR"));
    assert_eq!(lab.write("/w/none/x", ""), Err("ENOENT"));
    assert_eq!(lab.write("/w/a/x", ""), Err("ENOTDIR"));
    assert_eq!(lab.write("/other", ""), Err("EACCES"));
    assert_eq!(lab.mkdir("/w/a"), Err("EEXIST"));
    assert_eq!(lab.mkdir("/w/none/x"), Err("ENOENT"));
    assert_eq!(lab.mkdir("/other"), Err("EACCES"));
    assert_eq!(lab.mkdir_all("/w/a/x/y"), Err("ENOTDIR"));
    assert_eq!(lab.mkdir_all("/w/a"), Err("EEXIST"));
    assert_eq!(lab.mkdir_all("/w/d/y"), Ok(()));
    assert_eq!(lab.mkdir_all("/w/p/q/r"), Ok(()));
    assert_eq!(lab.remove_file("/w/d"), Err("EISDIR"));
    assert_eq!(lab.remove_folder("/w/d"), Err("ENOTEMPTY"));
    assert_eq!(lab.remove_folder("/w/a"), Err("ENOTDIR"));
    assert_eq!(lab.remove_tree("/w/none"), Err("ENOENT"));
    assert_eq!(lab.remove_tree("/w"), Err("EBUSY"));
    assert_eq!(lab.remove_folder("/"), Err("EBUSY"));
    assert_eq!(lab.rename("/w", "/w/d"), Err("EINVAL"));
    assert_eq!(lab.rename("/w/d", "/w"), Err("EBUSY"));
    assert_eq!(lab.rename("/w/a", "/w/d"), Err("EISDIR"));
    assert_eq!(lab.rename("/w/d", "/w/a"), Err("ENOTDIR"));
    assert_eq!(lab.rename("/w/empty", "/w/d"), Err("ENOTEMPTY"));
    assert_eq!(lab.rename("/w/none", "/w/a"), Err("ENOENT"));
    assert_eq!(lab.rename("/w/a", "/w/none/x"), Err("ENOENT"));
    assert_eq!(lab.rename("/w/a", "/w/a"), Ok(()));
    assert_eq!(lab.changes(), ["+ /w/p/", "+ /w/p/q/", "+ /w/p/q/r/"]);
}

#[test]
fn pieces_are_read_and_sizes_told() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/n", "0123456789").unwrap();
    for (file, expect) in [("/w/a", "old a"), ("/w/n", "0123456789")] {
        let at = lab.at(file).unwrap();
        let total = expect.len() as u64;
        for (offset, max) in [(0, 3), (2, 100), (4, 1), (total, 5), (u64::MAX, usize::MAX), (1, 0)]
        {
            let chunk = lab.overlay.read(&at, offset, max).unwrap();
            let start = (offset as usize).min(expect.len());
            let end = start.saturating_add(max).min(expect.len());
            assert_eq!(
                (chunk.bytes.as_slice(), chunk.total),
                (&expect.as_bytes()[start..end], total),
                "{file} {offset}"
            );
        }
        assert_eq!(lab.overlay.stat(&at).unwrap().size, total);
    }
}

#[test]
fn listings_are_filtered_and_refusals_leave_all_as_it_was() {
    let mut lab = Lab::new(HOST);
    let at = lab.at("/w").unwrap();
    let listing =
        lab.overlay.list(&at, |path| ["/w/b", "/w/none"].contains(&path.as_str())).unwrap();
    assert_eq!(listing.entries.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["b"]);
    let d = lab.itself("/w/d").unwrap();
    let error = lab.overlay.remove_tree(&d, |path| path.as_str() != "/w/d/y/z").unwrap_err();
    assert_eq!(
        (error.code(), error.path.as_str(), error.is_exception()),
        ("EACCES", "/w/d/y/z", true)
    );
    let e = lab.itself("/w/e").unwrap();
    let error = lab.overlay.rename(&d, &e, |_, new| new.as_str() != "/w/e/x").unwrap_err();
    assert_eq!((error.code(), error.path.as_str()), ("EACCES", "/w/e/x"));
    let deep = lab.at("/w/p/q").unwrap();
    assert!(lab.overlay.mkdir_all(&deep, |path| path.as_str() != "/w/p/q").is_err());
    assert_eq!(lab.changes(), [""; 0]);
}

#[test]
fn quota_of_bytes() {
    let mut lab = Lab::with(HOST, Quota { bytes: 2000, entries: 100 }, Resolution::Auto);
    lab.write("/w/n", &"x".repeat(1000)).unwrap();
    let at = lab.at("/w/n2").unwrap();
    let error = lab.overlay.write(&at, vec![0; 1000]).unwrap_err();
    let expected = aether_overlay::Problem::QuotaExceeded { kind: QuotaKind::Bytes, limit: 2000 };
    assert_eq!((error.code(), &error.problem, error.is_exception()), ("ENOSPC", &expected, true));
    assert!(!lab.exists("/w/n2"));
    assert_eq!(lab.append("/w/n", &"x".repeat(1000)), Err("ENOSPC"));
    assert_eq!(lab.truncate("/w/n", u64::MAX), Err("ENOSPC"));
    assert_eq!(lab.write_at("/w/n", u64::MAX, "x"), Err("ENOSPC"));
    assert_eq!(lab.write_at("/w/n", u64::MAX, ""), Ok(()));
    assert_eq!(lab.read("/w/n").unwrap().len(), 1000);
    lab.remove_file("/w/n").unwrap();
    assert_eq!(lab.overlay.usage(), aether_overlay::Usage::default());
    lab.write("/w/n", &"x".repeat(1400)).unwrap();
}

#[test]
fn a_large_host_file_is_not_copied_into_a_small_quota() {
    let mut lab = Lab::with(
        &[("big", &"x".repeat(100_000))],
        Quota { bytes: 4096, entries: 100 },
        Resolution::Auto,
    );
    assert_eq!(lab.append("/w/big", "y"), Err("ENOSPC"));
    assert_eq!(lab.changes(), [""; 0]);
    lab.rename("/w/big", "/w/moved").unwrap();
    assert_eq!(lab.read("/w/moved").unwrap().len(), 100_000);
    assert_eq!(lab.append("/w/moved", "y"), Err("ENOSPC"));
    lab.truncate("/w/moved", 10).unwrap();
    assert_eq!(lab.read("/w/moved").unwrap(), "x".repeat(10));
    lab.write("/w/big", "small").unwrap();
    assert_eq!(lab.changes(), ["+ /w/big", "> /w/big /w/moved ~"]);
}

#[test]
fn quota_of_entries_counts_what_is_removed() {
    let many: Vec<(String, &str)> = (0..50).map(|number| (format!("d/{number}"), "x")).collect();
    let many: Vec<(&str, &str)> =
        many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
    let mut lab = Lab::with(&many, Quota { bytes: 1 << 20, entries: 20 }, Resolution::Auto);
    assert_eq!(lab.remove_tree("/w/d"), Err("ENOSPC"));
    assert_eq!(lab.rename("/w/d", "/w/e"), Err("ENOSPC"));
    assert_eq!(lab.list("/w/d").unwrap().len(), 50);
    assert_eq!(lab.overlay.usage(), aether_overlay::Usage::default());
    let made = (0..50).take_while(|number| lab.mkdir(&format!("/w/{number}")).is_ok()).count();
    assert_eq!(made, 20);
}

#[test]
fn mounts_nest_and_missing_ones_are_empty() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    common::fill(
        &top,
        &[("log/syslog", "s"), ("ws/code/main", "m"), ("ws/out/hidden", "h"), ("one", "1")],
    );
    let mounts = vec![
        Mount::folder(path("/var/log"), top.join("log")),
        Mount::folder(path("/w"), top.join("ws")),
        Mount::folder(path("/w/out"), top.join("elsewhere/out")),
        Mount::folder(path("/w/deep/er"), top.join("log")),
        Mount::file(path("/w/one"), top.join("one")),
        Mount::file(path("/w/two"), top.join("two")),
    ];
    let mut lab = Lab::mounted(dir, mounts);
    assert_eq!(lab.list("/").unwrap(), ["var", "w"]);
    assert_eq!(lab.list("/var").unwrap(), ["log"]);
    assert_eq!(lab.list("/w").unwrap(), ["code", "deep", "one", "out"]);
    assert_eq!(lab.list("/w/out").unwrap(), [""; 0]);
    assert_eq!(lab.list("/w/deep").unwrap(), ["er"]);
    assert_eq!(lab.read("/w/deep/er/syslog").unwrap(), "s");
    assert_eq!(lab.read("/w/one").unwrap(), "1");
    assert_eq!(lab.read("/w/one/x"), Err("ENOTDIR"));
    assert_eq!(lab.read("/w/two"), Err("ENOENT"));
    assert_eq!(lab.mkdir("/w/out"), Err("EEXIST"));
    assert_eq!(lab.remove_tree("/w/out"), Err("EBUSY"));
    assert_eq!(lab.remove_tree("/w/deep"), Err("EBUSY"));
    assert_eq!(lab.rename("/w/deep", "/w/other"), Err("EBUSY"));
    assert_eq!(lab.write("/var/x", ""), Err("EACCES"));
    assert_eq!(lab.changes(), [""; 0]);
    lab.write("/w/out/report.md", "r").unwrap();
    lab.write("/w/two", "2").unwrap();
    lab.remove_file("/w/one").unwrap();
    lab.write("/w/deep/x", "in the outer mount").unwrap();
    assert_eq!(lab.list("/w").unwrap(), ["code", "deep", "out", "two"]);
    assert_eq!(lab.list("/w/deep").unwrap(), ["er", "x"]);
    assert_eq!(
        lab.changes(),
        ["+ /w/deep/x", "- /w/one", "+ /w/out/", "+ /w/out/report.md", "+ /w/two"]
    );
    let hosts: Vec<_> =
        lab.overlay.changeset().changes().iter().map(|change| change.host.clone()).collect();
    let top = lab.dir.path().canonicalize().unwrap();
    let expected = ["ws/deep/x", "one", "elsewhere/out", "elsewhere/out/report.md", "two"]
        .map(|name| top.join(name));
    assert_eq!(hosts, expected);
}

#[test]
fn a_host_file_is_read_as_it_is_now() {
    let lab = Lab::new(HOST);
    fs::write(lab.host("a"), "newer").unwrap();
    assert_eq!(lab.read("/w/a").unwrap(), "newer");
}

#[test]
fn paths_too_deep_are_refused() {
    let lab = Lab::new(HOST);
    let deep = format!("/w{}", "/a".repeat(aether_overlay::MAX_DEPTH));
    assert_eq!(lab.at(&deep).unwrap_err().code(), "EINVAL");
}

#[test]
fn an_overlay_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    shared(&Lab::new(HOST).overlay);
}

#[test]
fn a_taken_changeset_is_not_changed_by_later_writes() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "first").unwrap();
    let changeset = lab.overlay.changeset();
    lab.append("/w/a", " second").unwrap();
    let content = changeset.content_of(&changeset.changes()[0]).unwrap();
    assert_eq!(*content.read(0, usize::MAX).unwrap(), *b"first");
    assert_eq!(lab.read("/w/a").unwrap(), "first second");
}
