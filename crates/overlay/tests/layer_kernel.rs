//! What programs do through the kernel's overlay comes out as the changes that they made.

#![cfg(target_os = "linux")]

mod common;

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use aether_overlay::{ChangeKind, Changeset, DiffBody, Outcome, apply, diff};
use common::layer::{Lab, kernel, said, set_attribute};
use common::{short, tree};

const HOST: &[(&str, &str)] = &[
    ("a", "old a"),
    ("b", "old b"),
    ("d/x", "old x"),
    ("d/y/z", "old z"),
    ("d/e/", ""),
    ("l -> a", ""),
];

/// A program does something; what is found of it, what is left out, and after applying it the host
/// has what the program saw.
#[track_caller]
fn check(script: &str, changes: &[&str], left_out: &[&str]) {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run_and_keep(script);
    let shown = tree(&lab.at("shown"));
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    lab.check(changes, left_out, &shown);
}

#[test]
fn nothing_written_is_nothing_changed() {
    check("cat a d/x > /dev/null; ls -R > /dev/null", &[], &[]);
}

#[test]
fn files_are_added_changed_and_deleted() {
    check(
        "echo new > n; echo other > a; printf more >> d/x; rm b; truncate -s 2 d/y/z",
        &["~ /w/a", "- /w/b", "~ /w/d/x", "~ /w/d/y/z", "+ /w/n"],
        &[],
    );
}

#[test]
fn what_was_only_opened_or_touched_is_no_change() {
    check(
        ": >> a; touch b; chmod +x b; chmod -x b; cp d/x /tmp/$$ && cat /tmp/$$ > d/x; rm /tmp/$$",
        &[],
        &[],
    );
}

#[test]
fn a_removed_tree_is_the_removal_of_everything_in_it() {
    check("rm -r d", &["- /w/d/", "- /w/d/e/", "- /w/d/x", "- /w/d/y/", "- /w/d/y/z"], &[]);
}

#[test]
fn a_folder_made_again_hides_what_was_in_it() {
    check(
        "rm -r d; mkdir d; echo new > d/n; echo changed > d/x",
        &["- /w/d/e/", "+ /w/d/n", "~ /w/d/x", "- /w/d/y/", "- /w/d/y/z"],
        &[],
    );
}

#[test]
fn a_folder_made_again_with_the_same_in_it_is_no_change() {
    check("cp -a d c; rm -r d; cp -a c d; rm -r c", &[], &[]);
}

#[test]
fn a_folder_moved_into_one_made_again_hides_as_it_does() {
    check(
        "mkdir k; mkdir k/y; echo new > k/y/n; rm -r d; mkdir d; mv k/y d/y; rmdir k",
        &["- /w/d/e/", "- /w/d/x", "+ /w/d/y/n", "- /w/d/y/z"],
        &[],
    );
}

#[test]
fn things_take_the_place_of_others() {
    check(
        "rm -r d; echo file > d; rm a; mkdir a; echo in > a/in; rm l; echo file > l",
        &[
            "- /w/a",
            "+ /w/a/",
            "+ /w/a/in",
            "- /w/d/",
            "+ /w/d",
            "- /w/d/e/",
            "- /w/d/x",
            "- /w/d/y/",
            "- /w/d/y/z",
            "- /w/l",
            "+ /w/l",
        ],
        &[],
    );
}

#[test]
fn what_was_moved_is_found_again() {
    check(
        "mv a moved; mv b d/x; mv d/y y",
        &["- /w/b", "~ /w/d/x", "- /w/d/y/", "> /w/a /w/moved", "+ /w/y/", "> /w/d/y/z /w/y/z"],
        &[],
    );
    check(
        "mv a n; mv b a; mv n b; mv d e",
        &[
            "~ /w/a",
            "~ /w/b",
            "- /w/d/",
            "- /w/d/e/",
            "- /w/d/y/",
            "+ /w/e/",
            "+ /w/e/e/",
            "> /w/d/x /w/e/x",
            "+ /w/e/y/",
            "> /w/d/y/z /w/e/y/z",
        ],
        &[],
    );
    check("mv a n; chmod 600 n; mv l k", &["+ /w/k -> a", "- /w/l", "> /w/a /w/n"], &[]);
}

#[test]
fn what_could_have_been_moved_from_several_places_was_from_none() {
    if !kernel() {
        return;
    }
    let host = [("1", "same"), ("2", "same"), ("3", "other"), ("4", "third"), ("empty", "")];
    let lab = Lab::new(&host);
    lab.run("mv 1 a; rm 2; mv 3 b; cp b c; mv 4 d; chmod +x d; mv empty e");
    let changes = [
        "- /w/1",
        "- /w/2",
        "- /w/3",
        "- /w/4",
        "+ /w/a",
        "+ /w/b",
        "+ /w/c",
        "+ /w/d",
        "+ /w/e",
        "- /w/empty",
    ];
    lab.check(&changes, &[], &["a=same", "b=other", "c=other", "d=third", "e="]);
}

#[test]
fn what_came_and_went_is_no_change() {
    check("echo x > n; rm n; mkdir m; touch m/n; rm -r m; rm b; printf 'old b' > b", &[], &[]);
}

#[test]
fn symlinks_of_the_host_are_removed_and_kept() {
    check("rm l", &["- /w/l"], &[]);
    check("touch -h l", &[], &[]);
}

#[test]
fn symlinks_that_stay_within_are_read() {
    check(
        "ln -s a n; ln -s ../d/./x d/n; ln -s nowhere/yet d/y/m; ln -sfn b l; rm a; ln -s b a; \
         rm -r d/e; ln -s .. d/e; mkdir k; ln -s ../l k/l; mv k/l k/m",
        &[
            "- /w/a",
            "+ /w/a -> b",
            "- /w/d/e/",
            "+ /w/d/e -> ..",
            "+ /w/d/n -> ../d/./x",
            "+ /w/d/y/m -> nowhere/yet",
            "+ /w/k/",
            "+ /w/k/m -> ../l",
            "- /w/l",
            "+ /w/l -> b",
            "+ /w/n -> a",
        ],
        &[],
    );
}

/// Programs of the host follow a symlink to wherever it leads.
#[test]
fn symlinks_that_could_lead_out_are_left_out_and_the_host_keeps_what_it_has() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(&[HOST, &[("out -> /etc", "")]].concat());
    lab.run(
        "ln -s /etc/passwd n; ln -s ../../.. up; ln -sfn /w/b l; ln -s a/../../x behind; \
         ln -s . here; ln -s here/here/../../../x climbs; ln -s out/passwd over; \
         rm -r d; ln -s ../.. d; mv out k",
    );
    let left_out = ["behind", "climbs", "d", "k", "l", "n", "over", "up"]
        .map(|name| format!("/w/{name}: is a symlink that could lead out of its folder"));
    let left_out: Vec<&str> = left_out.iter().map(String::as_str).collect();
    // The link of the host was moved: it goes, and does not come.
    lab.check(
        &["+ /w/here -> .", "- /w/out"],
        &left_out,
        &[
            "a=old a",
            "b=old b",
            "d/",
            "d/e/",
            "d/x=old x",
            "d/y/",
            "d/y/z=old z",
            "here -> .",
            "l -> a",
        ],
    );
}

#[test]
fn pipes_and_sockets_are_left_out() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run("mkfifo p; mkdir n; mkfifo n/p; rm b; mkfifo b; echo x > n/x");
    lab.check(
        &["+ /w/n/", "+ /w/n/x"],
        &["/w/b: is a named pipe", "/w/p: is a named pipe", "/w/n/p: is a named pipe"],
        &[
            "a=old a",
            "b=old b",
            "d/",
            "d/e/",
            "d/x=old x",
            "d/y/",
            "d/y/z=old z",
            "l -> a",
            "n/",
            "n/x=x\n",
        ],
    );
}

#[test]
fn permissions_are_kept_but_for_those_that_a_plugin_may_not_give() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    let wide = fs::Permissions::from_mode(0o1777);
    fs::set_permissions(lab.at("host/d/e"), wide).expect("its permissions");
    lab.run(
        "umask 022; echo '#!/bin/sh' > run; chmod 755 run; echo x > set; chmod 4755 set; \
         echo x > own; chmod 600 own; chmod 755 a; chmod 700 d; echo new > b; chmod 4711 b; \
         chmod 666 d/x; mkdir m; chmod 750 m; mkdir g; chmod 2777 g; chmod 1750 d/e; touch d/y/n",
    );
    let changes = [
        "m /w/a",
        "~ /w/b",
        "m /w/d/",
        "m /w/d/e/",
        "+ /w/d/y/n",
        "+ /w/g/",
        "+ /w/m/",
        "+ /w/own",
        "+ /w/run",
        "+ /w/set",
    ];
    let written = lab.read();
    assert_eq!(short(&written.changes), changes);
    let left_out = ["/w/b: 4711", "/w/g: 2777", "/w/set: 4755", "/w/d/x: 0666"].map(|one| {
        let (path, mode) = one.split_once(": ").expect("a mode");
        format!("{path}: its permissions {mode} are not all kept")
    });
    assert_eq!(said(&written.left_out), left_out);
    assert!(written.left_out.iter().all(|one| one.is_partial()));
    let stored = lab.at("stored");
    written.changes.save(&stored).expect("saved");
    let loaded = Changeset::load(&stored).expect("loaded");
    assert_eq!(loaded, written.changes);
    for outcome in [Outcome::Applied, Outcome::AlreadyThere] {
        let report = apply(&loaded, |_| true);
        assert!(report.changes.iter().all(|one| one.outcome == outcome), "{report:?}");
    }
    let mode = |name: &str| {
        let meta = lab.at("host").join(name).metadata().expect("metadata");
        format!("{name} {:o}", meta.permissions().mode() & 0o7777)
    };
    let modes = ["a", "b", "d", "d/e", "d/x", "d/y", "d/y/n", "g", "m", "own", "run", "set"];
    assert_eq!(
        modes.map(mode),
        [
            "a 755",
            "b 711",
            "d 700",
            "d/e 1750",
            "d/x 644",
            "d/y 755",
            "d/y/n 644",
            "g 755",
            "m 750",
            "own 600",
            "run 755",
            "set 755",
        ]
    );
    assert!(lab.read().changes.is_empty(), "nothing is left to be changed");
    let shown = diff(&written.changes);
    let executable = shown.iter().filter(|one| one.executable);
    let executable: Vec<&str> = executable.map(|one| one.path.as_str()).collect();
    assert_eq!(executable, ["/w/a", "/w/b", "/w/run", "/w/set"]);
    let changed = shown.iter().filter(|one| one.executable_changes).count();
    assert_eq!(changed, 2, "a and b");
}

#[test]
fn the_right_to_execute_a_file_comes_and_goes() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    let rights = |name: &str, mode| {
        fs::set_permissions(lab.at("host").join(name), fs::Permissions::from_mode(mode))
            .expect("its permissions");
    };
    let mode = |name: &str| {
        lab.at("host").join(name).metadata().expect("metadata").permissions().mode() & 0o7777
    };
    for (name, set) in [("a", 0o640), ("b", 0o755), ("d/x", 0o750), ("d/y/z", 0o755)] {
        rights(name, set);
    }
    // One stays as it is, whatever became of it in between.
    lab.run("chmod +x a; chmod -x b; echo new > d/x; chmod -x d/x; chmod -x d/y/z; chmod +x d/y/z");
    let written = lab.read();
    assert_eq!(short(&written.changes), ["m /w/a", "m /w/b", "~ /w/d/x"]);
    assert!(written.left_out.is_empty(), "{:?}", said(&written.left_out));
    let bodies: Vec<bool> =
        diff(&written.changes).iter().map(|one| one.body == DiffBody::Same).collect();
    assert_eq!(bodies, [true, true, false], "only the last has other content");
    for outcome in [Outcome::Applied, Outcome::AlreadyThere] {
        let report = apply(&written.changes, |_| true);
        assert!(report.changes.iter().all(|one| one.outcome == outcome), "{report:?}");
        assert_eq!(["a", "b", "d/x", "d/y/z"].map(mode), [0o751, 0o644, 0o640, 0o755]);
    }
    fs::write(lab.at("host/a"), "changed by the host").expect("a file");
    assert!(!apply(&written.changes, |_| true).is_complete());
}

#[test]
fn hard_links_become_files_of_their_own() {
    check(
        "head -c 5000 /dev/zero > n; ln n m; ln n d/n; ln a c; printf more >> c",
        &["~ /w/a", "+ /w/c", "+ /w/d/n", "+ /w/m", "+ /w/n"],
        &[],
    );
}

#[test]
fn odd_names_are_kept_or_named() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run(
        r#"nl="$(printf 'a\nb')"; echo x > "$nl"; echo x > "$(printf 'bad\377')"; mkdir "$(printf '\376')"; \
        echo x > "$(printf '\376')/in"; echo x > ' '; echo x > 'back\slash'; echo x > '\xFF'"#,
    );
    let written = lab.read();
    assert_eq!(short(&written.changes), ["+ /w/ ", "+ /w/\\xFF", "+ /w/a\nb", "+ /w/back\\slash"]);
    assert_eq!(
        said(&written.left_out),
        ["/w/bad\\xFF: has a name that is not UTF-8", "/w/\\xFE: has a name that is not UTF-8"]
    );
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(fs::read(lab.at("host").join("a\nb")).expect("it is there"), b"x\n");
}

#[test]
fn holes_beyond_the_quota_are_left_out() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    // Not every file system takes an exbibyte.
    lab.run("truncate -s 1E huge || truncate -s 1T huge; truncate -s 1M hole; truncate -s 1T a");
    let huge = lab.at("upper").join("huge").metadata().expect("metadata").len();
    let written = lab.read();
    assert_eq!(short(&written.changes), ["+ /w/hole"]);
    assert_eq!(
        said(&written.left_out),
        [
            "/w/a: is 1099511627776 bytes long, which is beyond the disk limit".to_owned(),
            format!("/w/huge: is {huge} bytes long, which is beyond the disk limit"),
        ]
    );
    assert!(apply(&written.changes, |_| true).is_complete());
    assert_eq!(fs::read(lab.at("host").join("hole")).expect("it is there"), vec![0; 1 << 20]);
    assert_eq!(fs::read(lab.at("host").join("a")).expect("it is there"), b"old a");
}

#[test]
fn what_the_host_changed_meanwhile_is_a_conflict() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run("echo new > a; rm -r d; rm l; echo new > b");
    for (name, text) in [("a", "host a"), ("d/x", "host x"), ("d/new", "host new")] {
        fs::write(lab.at("host").join(name), text).expect("written");
    }
    fs::remove_file(lab.at("host").join("l")).expect("removed");
    std::os::unix::fs::symlink("b", lab.at("host").join("l")).expect("a symlink");
    let written = lab.read();
    let stale = diff(&written.changes).into_iter().filter(|one| one.stale);
    let stale: Vec<String> = stale.map(|one| one.path.as_str().to_owned()).collect();
    assert_eq!(stale, ["/w/a", "/w/d", "/w/d/new", "/w/d/x", "/w/l"]);
    let report = apply(&written.changes, |_| true);
    let made = report.with(|outcome| *outcome == Outcome::Applied);
    let made: Vec<&str> = made.map(|one| one.path.as_str()).collect();
    assert_eq!(made, ["/w/b", "/w/d/e", "/w/d/y", "/w/d/y/z"]);
    assert_eq!(
        tree(&lab.at("host")),
        ["a=host a", "b=new\n", "d/", "d/new=host new", "d/x=host x", "l -> b"]
    );
}

#[test]
fn a_changeset_of_a_layer_is_stored_and_read_back() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run_and_keep("rm -r d; echo file > d; mv a c; printf '#!' > run; chmod +x run; rm l");
    let written = lab.read();
    let folder = lab.at("stored");
    written.changes.save(&folder).expect("saved");
    let loaded = Changeset::load(&folder).expect("loaded");
    assert_eq!(loaded, written.changes);
    assert!(apply(&loaded, |_| true).is_complete());
    assert_eq!(tree(&lab.at("host")), tree(&lab.at("shown")));
    let again = apply(&loaded, |_| true);
    assert!(again.is_complete(), "{again:?}");
    assert!(lab.read().changes.is_empty(), "what was applied is no change any more");
}

#[test]
fn files_that_their_owner_may_not_read_are_named() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run("umask 022; echo x > n; chmod 0 n; mkdir m; echo x > m/n; chmod 0 m; echo x > z; chmod 444 z");
    let written = lab.read();
    if fs::read(lab.at("upper/n")).is_ok() {
        assert_eq!(short(&written.changes), ["+ /w/m/", "+ /w/m/n", "+ /w/n", "+ /w/z"]);
    } else {
        assert_eq!(short(&written.changes), ["+ /w/z"]);
        assert_eq!(
            said(&written.left_out),
            ["/w/m: cannot be read: permission denied", "/w/n: cannot be read: permission denied"]
        );
    }
    fs::set_permissions(lab.at("upper/m"), fs::Permissions::from_mode(0o700)).expect("its rights");
    let shut = fs::Permissions::from_mode(0o000);
    fs::set_permissions(lab.at("upper"), shut).expect("its rights");
    let written = lab.read();
    fs::set_permissions(lab.at("upper"), fs::Permissions::from_mode(0o700)).expect("its rights");
    if fs::read(lab.at("upper/n")).is_err() {
        assert_eq!(said(&written.left_out), ["/w: cannot be read: permission denied"]);
    }
}

/// The variable by which this program is told to be the one inside.
const INSIDE: &str = "LAYER_TEST_INSIDE";

/// Not a test of its own: what [`marks_cannot_be_made_from_inside`] runs over the layer.
#[test]
fn program_inside() {
    if env::var_os(INSIDE).is_none() {
        return;
    }
    let tried = |done: rustix::io::Result<()>| done.is_ok();
    fs::create_dir("n").expect("a folder");
    for name in ["n/f", "n/g"] {
        fs::write(name, "").expect("a file");
    }
    let mut worked = 0;
    for at in ["d", "n", "n/f", "a"] {
        for name in ["opaque", "whiteout", "redirect", "metacopy", "origin"] {
            let name = format!("user.overlay.{name}");
            worked += usize::from(tried(set_attribute(at.as_ref(), &name, b"y")));
        }
    }
    // Older kernels refuse, newer ones store them under another name.
    assert!(worked == 0 || worked == 20, "{worked}");
    let _ = set_attribute("n/g".as_ref(), "user.mine", b"y");
    let device = rustix::fs::mknodat(
        rustix::fs::CWD,
        "w",
        rustix::fs::FileType::CharacterDevice,
        rustix::fs::Mode::empty(),
        0,
    );
    assert!(device.is_err(), "a whiteout was made by hand");
}

#[test]
fn marks_cannot_be_made_from_inside() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    let program = env::current_exe().expect("this program");
    let program = program.display();
    lab.run(&format!("{INSIDE}=1 '{program}' --exact program_inside"));
    let written = lab.read();
    // Nothing is hidden, removed or fetched from elsewhere.
    assert_eq!(short(&written.changes), ["+ /w/n/", "+ /w/n/f", "+ /w/n/g"]);
    assert!(written.left_out.iter().all(|one| one.is_partial()), "{:?}", written.left_out);
    // That there are attributes is said wherever the kernel took them.
    assert!(said(&written.left_out).iter().all(|one| one.ends_with("attributes are not kept")));
}

#[test]
fn the_layer_is_read_and_not_changed() {
    if !kernel() {
        return;
    }
    let lab = Lab::new(HOST);
    lab.run("echo x > n; mkdir m; rm b");
    let state = |name: &str| {
        let meta = lab.at("upper").join(name).symlink_metadata().expect("metadata");
        (meta.ino(), meta.ctime(), meta.ctime_nsec(), meta.mode())
    };
    let before = ["", "n", "m", "b"].map(state);
    let written = lab.read();
    assert!(written.changes.changes().iter().any(|one| one.kind == ChangeKind::Deleted));
    assert_eq!(["", "n", "m", "b"].map(state), before);
}
