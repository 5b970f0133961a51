//! Applying makes what was meant, or leaves the host as it is and says why.

#![cfg(any(target_os = "linux", windows))]

mod common;

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use aether_overlay::{Mount, Outcome, apply, preview};
use aether_path::PathPattern;
use common::{Lab, outcomes, path, tree};

const HOST: &[(&str, &str)] =
    &[("a", "old a"), ("b", "old b"), ("d/x", "old x"), ("d/y/z", "old z")];

/// A plugin does something, then the host changes, then the changeset is applied.
fn check(act: impl Fn(&mut Lab), meanwhile: impl Fn(&Lab), expect: &[&str], host: &[&str]) {
    let mut lab = Lab::new(HOST);
    act(&mut lab);
    meanwhile(&lab);
    let before = tree(&lab.host(""));
    let changeset = lab.overlay.changeset();
    let foreseen = preview(&changeset, |_| true);
    assert_eq!(tree(&lab.host("")), before, "a preview writes nothing");
    let report = apply(&changeset, |_| true);
    assert_eq!(outcomes(&report), expect);
    assert_eq!(outcomes(&foreseen), expect, "foreseen");
    assert_eq!(tree(&lab.host("")), host);
    assert_eq!(report.not_durable, None);
}

#[test]
fn a_file_changed_on_the_host_is_a_conflict_and_the_rest_is_applied() {
    check(
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.append("/w/b", "+").unwrap();
        },
        |lab| fs::write(lab.host("a"), "host a").unwrap(),
        &["/w/a Changed", "/w/b Applied"],
        &["a=host a", "b=old b+", "d/", "d/x=old x", "d/y/", "d/y/z=old z"],
    );
}

#[test]
fn a_file_that_appeared_or_went_is_a_conflict() {
    check(
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.write("/w/n", "new n").unwrap();
            lab.write("/w/same", "same").unwrap();
            lab.remove_file("/w/b").unwrap();
            lab.rename("/w/d/x", "/w/x").unwrap();
        },
        |lab| {
            fs::remove_file(lab.host("a")).unwrap();
            fs::write(lab.host("n"), "host n").unwrap();
            fs::write(lab.host("same"), "same").unwrap();
            fs::write(lab.host("b"), "host b").unwrap();
            fs::remove_file(lab.host("d/x")).unwrap();
        },
        &["/w/a Missing", "/w/b Changed", "/w/n Exists", "/w/same AlreadyThere", "/w/x Missing"],
        &["b=host b", "d/", "d/y/", "d/y/z=old z", "n=host n", "same=same"],
    );
}

#[test]
fn a_folder_that_holds_something_new_stays() {
    check(
        |lab| lab.remove_tree("/w/d").unwrap(),
        |lab| fs::write(lab.host("d/y/new"), "host").unwrap(),
        &["/w/d NotEmpty", "/w/d/x Applied", "/w/d/y NotEmpty", "/w/d/y/z Applied"],
        &["a=old a", "b=old b", "d/", "d/y/", "d/y/new=host"],
    );
}

#[test]
#[cfg(unix)]
fn planted_symlinks_are_conflicts_and_never_followed() {
    let outside = tempfile::tempdir().unwrap();
    common::fill(outside.path(), &[("x", "old x"), ("y/z", "old z")]);
    let before = tree(outside.path());
    check(
        |lab| {
            lab.write("/w/a", "new a").unwrap();
            lab.write("/w/d/x", "new x").unwrap();
            lab.write("/w/d/n", "new n").unwrap();
            lab.mkdir("/w/d/m").unwrap();
            lab.remove_file("/w/d/y/z").unwrap();
            lab.write("/w/n", "new n").unwrap();
        },
        |lab| {
            fs::rename(lab.host("d"), lab.host("kept")).unwrap();
            symlink(outside.path(), lab.host("d")).unwrap();
            fs::remove_file(lab.host("a")).unwrap();
            symlink(outside.path().join("x"), lab.host("a")).unwrap();
            symlink(outside.path().join("planted"), lab.host("n")).unwrap();
        },
        &[
            "/w/a Changed",
            "/w/d/m Symlink",
            "/w/d/n Symlink",
            "/w/d/x Symlink",
            "/w/d/y/z Symlink",
            "/w/n Exists",
        ],
        &[
            &format!("a -> {}", outside.path().join("x").display()),
            "b=old b",
            &format!("d -> {}", outside.path().display()),
            "kept/",
            "kept/x=old x",
            "kept/y/",
            "kept/y/z=old z",
            &format!("n -> {}", outside.path().join("planted").display()),
        ],
    );
    assert_eq!(tree(outside.path()), before);
}

#[test]
#[cfg(unix)]
fn a_mount_that_became_a_symlink_is_a_conflict() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/n", "new").unwrap();
    let changeset = lab.overlay.changeset();
    let outside = lab.dir.path().join("outside");
    fs::rename(lab.host(""), &outside).unwrap();
    symlink(&outside, lab.host("").as_path().to_str().unwrap().trim_end_matches('/')).unwrap();
    assert_eq!(outcomes(&apply(&changeset, |_| true)), ["/w/n Symlink"]);
    assert!(!outside.join("n").exists());
}

#[test]
fn files_that_change_places() {
    check(
        |lab| {
            // A circle of three, a chain, and a file that moves into a folder of its own name.
            for (from, to) in [("a", "t"), ("b", "a"), ("d/x", "b"), ("t", "d/x")] {
                lab.rename(&format!("/w/{from}"), &format!("/w/{to}")).unwrap();
            }
            lab.rename("/w/d/y/z", "/w/t").unwrap();
            lab.remove_folder("/w/d/y").unwrap();
            lab.rename("/w/t", "/w/d/y").unwrap();
        },
        |_| {},
        &["/w/a Applied", "/w/b Applied", "/w/d/x Applied", "/w/d/y Applied", "/w/d/y Applied"],
        &["a=old b", "b=old x", "d/", "d/x=old a", "d/y=old z"],
    );
}

/// Applies what a plugin did, twice; the second time nothing is left to do.
#[cfg(unix)]
fn check_twice(act: impl Fn(&mut Lab), host: &[&str]) {
    let mut lab = Lab::new(&[HOST, &[("l -> d", "")]].concat());
    act(&mut lab);
    let changeset = lab.overlay.changeset();
    for _ in 0..2 {
        let report = apply(&changeset, |_| true);
        assert!(report.is_complete(), "{report:?}");
        assert_eq!(tree(&lab.host("")), host);
    }
}

#[test]
#[cfg(unix)]
fn what_is_in_the_way_of_each_other_is_moved_aside() {
    let rename = |lab: &mut Lab, names: &[(&str, &str)]| {
        for (from, to) in names {
            lab.rename(&format!("/w/{from}"), &format!("/w/{to}")).unwrap();
        }
    };
    // A file out of a folder that goes, to the folder's own path.
    let act = |lab: &mut Lab| {
        rename(lab, &[("d/x", "t")]);
        lab.remove_tree("/w/d").unwrap();
        rename(lab, &[("t", "d")]);
    };
    check_twice(act, &["a=old a", "b=old b", "d=old x", "l -> d"]);
    // A file into a folder at its own path.
    let act = |lab: &mut Lab| {
        rename(lab, &[("a", "t")]);
        lab.mkdir("/w/a").unwrap();
        rename(lab, &[("t", "a/a")]);
    };
    check_twice(
        act,
        &["a/", "a/a=old a", "b=old b", "d/", "d/x=old x", "d/y/", "d/y/z=old z", "l -> d"],
    );
    // A folder to where a symlink was, and a symlink to where a folder was.
    let act = |lab: &mut Lab| rename(lab, &[("l", "t"), ("d", "l"), ("t", "d")]);
    check_twice(act, &["a=old a", "b=old b", "d -> d", "l/", "l/x=old x", "l/y/", "l/y/z=old z"]);
}

#[test]
fn rotated_logs() {
    check(
        |lab| {
            lab.rename("/w/b", "/w/c").unwrap();
            lab.rename("/w/a", "/w/b").unwrap();
            lab.write("/w/a", "").unwrap();
        },
        |_| {},
        &["/w/a Applied", "/w/b Applied", "/w/c Applied"],
        &["a=", "b=old a", "c=old b", "d/", "d/x=old x", "d/y/", "d/y/z=old z"],
    );
}

/// A link over another one with the same target looks like the one that it replaced.
#[test]
#[cfg(unix)]
fn what_was_renamed_is_not_taken_for_what_it_replaced() {
    let mut lab = Lab::new(&[("l -> x", ""), ("m -> x", "")]);
    lab.rename("/w/l", "/w/m").unwrap();
    let changeset = lab.overlay.changeset();
    for _ in 0..2 {
        assert!(apply(&changeset, |_| true).is_complete());
        assert_eq!(tree(&lab.host("")), ["m -> x"]);
    }
}

#[test]
fn what_waits_for_a_conflict_is_not_made() {
    let mut lab = Lab::new(HOST);
    lab.rename("/w/b", "/w/c").unwrap();
    lab.rename("/w/a", "/w/b").unwrap();
    fs::write(lab.host("c"), "in the way").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert_eq!(outcomes(&report), ["/w/b blocked by /w/c", "/w/c Exists"]);
    assert_eq!(tree(&lab.host(""))[..3], ["a=old a", "b=old b", "c=in the way"]);
}

#[test]
fn only_what_is_selected_is_applied() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/a", "new a").unwrap();
    lab.mkdir_all("/w/p/q").unwrap();
    lab.write("/w/p/q/f.txt", "f").unwrap();
    lab.write("/w/p/q/g.bin", "g").unwrap();
    let only = PathPattern::parse("/w/p/**/*.txt").unwrap();
    let report = apply(&lab.overlay.changeset(), |change| only.matches(&change.path));
    let expected = [
        "/w/a Skipped",
        "/w/p Skipped",
        "/w/p/q Skipped",
        "/w/p/q/f.txt Applied",
        "/w/p/q/g.bin Skipped",
    ];
    assert_eq!(outcomes(&report), expected);
    assert_eq!(tree(&lab.host(""))[6..], ["p/", "p/q/", "p/q/f.txt=f"]);
    assert_eq!(fs::read_to_string(lab.host("a")).unwrap(), "old a");
}

#[test]
fn missing_mounts_are_made() {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path().canonicalize().unwrap();
    let mounts = vec![
        Mount::folder(path("/w/out"), top.join("p/q/out")),
        Mount::file(path("/w/one"), top.join("r/one")),
    ];
    let mut lab = Lab::mounted(dir, mounts);
    lab.write("/w/out/report.md", "report").unwrap();
    lab.write("/w/one", "1").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(tree(&top), ["p/", "p/q/", "p/q/out/", "p/q/out/report.md=report", "r/", "r/one=1"]);
}

/// A rename between file systems is a copy, then a removal.
#[test]
#[cfg(unix)]
fn files_move_to_another_file_system() {
    let Ok(other) = tempfile::tempdir_in("/dev/shm") else { return };
    let dir = tempfile::tempdir().unwrap();
    let (top, there) = (dir.path().canonicalize().unwrap(), other.path().canonicalize().unwrap());
    if fs::metadata(&top).unwrap().dev() == fs::metadata(&there).unwrap().dev() {
        return;
    }
    common::fill(
        &top,
        &[("plain", "p"), ("changed", "c"), ("over", "o"), ("d/x", "x"), ("l -> plain", "")],
    );
    common::fill(&there, &[("over", "old")]);
    fs::set_permissions(top.join("plain"), fs::Permissions::from_mode(0o640)).unwrap();
    let mut lab =
        Lab::mounted(dir, vec![Mount::folder(path("/w"), &top), Mount::folder(path("/o"), &there)]);
    for (from, to) in
        [("plain", "plain"), ("changed", "changed"), ("over", "over"), ("d", "d"), ("l", "l")]
    {
        lab.rename(&format!("/w/{from}"), &format!("/o/{to}")).unwrap();
    }
    lab.append("/o/changed", "+").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(report.is_complete(), "{report:?}");
    let moved = ["changed=c+", "d/", "d/x=x", "l -> plain", "over=o", "plain=p"];
    assert_eq!(tree(&there), moved);
    assert_eq!(tree(&top), [""; 0]);
    assert_eq!(fs::metadata(there.join("plain")).unwrap().mode() & 0o777, 0o640);
}

#[test]
#[cfg(unix)]
fn modes_are_kept_but_for_the_set_user_bit() {
    let mut lab = Lab::new(HOST);
    let set = |name: &str, mode| {
        fs::set_permissions(lab.host(name), fs::Permissions::from_mode(mode)).unwrap()
    };
    set("a", 0o4751);
    set("b", 0o600);
    set("d/x", 0o640);
    lab.write("/w/a", "new").unwrap();
    lab.append("/w/b", "new").unwrap();
    lab.append("/w/d/x", "new").unwrap();
    lab.rename("/w/d/x", "/w/moved").unwrap();
    lab.write("/w/n", "new").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    let mode = |name: &str| fs::metadata(lab.host(name)).unwrap().mode() & 0o7777;
    assert_eq!((mode("a"), mode("b"), mode("moved")), (0o751, 0o600, 0o640));
    assert_eq!(mode("n") & 0o133, 0, "neither executable nor writable by others");
}

#[test]
fn another_name_of_a_replaced_file_keeps_its_content() {
    let mut lab = Lab::new(HOST);
    fs::hard_link(lab.host("a"), lab.host("linked")).unwrap();
    lab.write("/w/a", "new").unwrap();
    assert!(apply(&lab.overlay.changeset(), |_| true).is_complete());
    assert_eq!(fs::read_to_string(lab.host("linked")).unwrap(), "old a");
}

#[test]
fn a_thousand_files_are_applied() {
    let mut lab = Lab::new(HOST);
    for number in 0..1000 {
        lab.mkdir_all(&format!("/w/n/{}", number % 10)).unwrap();
        lab.write(&format!("/w/n/{}/{number}", number % 10), &number.to_string()).unwrap();
    }
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(report.is_complete());
    assert_eq!(report.with(|outcome| *outcome == Outcome::Applied).count(), 1011);
    assert_eq!(fs::read_to_string(lab.host("n/7/997")).unwrap(), "997");
    assert!(tree(&lab.host("")).iter().all(|line| !line.contains(".aether-")));
}

/// It can be removed by whoever may write to the folder around it, and not be moved out of that.
#[test]
#[cfg(unix)]
fn an_empty_folder_that_cannot_be_written_to_goes_with_the_one_around_it() {
    let mut lab = Lab::new(&[("d/empty/", ""), ("d/x", "x")]);
    fs::set_permissions(lab.host("d/empty"), fs::Permissions::from_mode(0o555)).unwrap();
    lab.remove_tree("/w/d").unwrap();
    let report = apply(&lab.overlay.changeset(), |_| true);
    assert!(report.is_complete(), "{report:?}");
    assert_eq!(tree(&lab.host("")), [""; 0]);
}

#[test]
#[cfg(unix)]
fn where_a_folder_cannot_be_written_to_it_says_so() {
    let mut lab = Lab::new(HOST);
    lab.write("/w/d/x", "new").unwrap();
    lab.write("/w/a", "new").unwrap();
    let changeset = lab.overlay.changeset();
    let kept = fs::metadata(lab.host("d")).unwrap().permissions();
    fs::set_permissions(lab.host("d"), fs::Permissions::from_mode(0o500)).unwrap();
    let report = apply(&changeset, |_| true);
    fs::set_permissions(lab.host("d"), kept).unwrap();
    // The superuser may write anyway.
    let root = fs::metadata("/proc/self").unwrap().uid() == 0;
    let expected = if root { "/w/d/x Applied" } else { "/w/d/x Failed(Denied)" };
    assert_eq!(outcomes(&report), ["/w/a Applied", expected]);
}
