//! Reading real folders.
#![cfg(unix)]

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aether_bundle::{Bundle, MAX_DEPTH, MAX_FILE_BYTES};

/// Makes a folder with `make`, reads it, and compares the files or the error.
#[track_caller]
fn check(make: impl FnOnce(&Path), expect: Result<&[&str], &str>) {
    let folder = tempfile::tempdir().unwrap();
    make(folder.path());
    match (Bundle::read(folder.path()), expect) {
        (Ok(bundle), Ok(expect)) => {
            assert_eq!(bundle.files().keys().map(String::as_str).collect::<Vec<_>>(), expect);
        }
        (Err(error), Err(expect)) => assert!(error.to_string().contains(expect), "{error}"),
        (got, expect) => panic!("{got:?} against {expect:?}"),
    }
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
}

#[test]
fn files_of_all_folders() {
    check(
        |root| {
            write(&root.join("main.js"), "1");
            fs::create_dir_all(root.join("lib/deep")).unwrap();
            write(&root.join("lib/deep/x.js"), "2");
            write(&root.join(".hidden"), "");
        },
        Ok(&[".hidden", "lib/deep/x.js", "main.js"]),
    );
    check(|_| {}, Ok(&[]));
}

#[test]
fn links_are_refused_wherever_they_lead() {
    use std::os::unix::fs::symlink;
    check(
        |root| symlink("/etc/passwd", root.join("main.js")).unwrap(),
        Err("main.js: a symbolic link"),
    );
    check(|root| symlink("/etc", root.join("lib")).unwrap(), Err("lib: a symbolic link"));
    check(
        |root| {
            write(&root.join("a.js"), "");
            symlink("a.js", root.join("b.js")).unwrap();
        },
        Err("b.js: a symbolic link"),
    );
    check(|root| symlink("nowhere", root.join("x")).unwrap(), Err("x: a symbolic link"));
}

#[test]
fn special_files_are_refused_without_waiting() {
    check(
        |root| {
            let made =
                std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
            assert!(made.success());
        },
        Err("pipe: neither a file nor a folder"),
    );
    check(
        |root| drop(std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap()),
        Err("socket: neither a file nor a folder"),
    );
}

#[test]
fn odd_names_are_refused_and_shown_escaped() {
    check(
        |root| write(&root.join(std::ffi::OsStr::from_bytes(b"\xff.js")), ""),
        Err("not portable"),
    );
    check(|root| write(&root.join("a\nb"), ""), Err(r"a\nb: its name"));
    check(|root| write(&root.join("c:x"), ""), Err("not portable"));
}

#[test]
fn caps_hold() {
    check(
        |root| fs::File::create(root.join("big")).unwrap().set_len(MAX_FILE_BYTES + 1).unwrap(),
        Err("big: larger than"),
    );
    check(
        |root| {
            for index in 0..3 {
                fs::File::create(root.join(format!("{index}")))
                    .unwrap()
                    .set_len(MAX_FILE_BYTES)
                    .unwrap();
            }
        },
        Err("2: the bundle is larger than"),
    );
    check(
        |root| fs::create_dir_all(root.join("d/".repeat(MAX_DEPTH + 1))).unwrap(),
        Err("nested deeper"),
    );
}

#[test]
fn what_is_no_folder_is_said() {
    let error = Bundle::read(Path::new("/nonexistent")).unwrap_err();
    assert!(error.to_string().contains("/nonexistent: No such file"), "{error}");
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(Bundle::read(file.path()).unwrap_err().to_string().contains("not a folder"));
}

#[test]
fn the_content_decides_the_digest_and_the_place_does_not() {
    let make = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("main.js"), text);
        Bundle::read(folder.path()).unwrap().digest()
    };
    assert_eq!(make("1"), make("1"));
    assert_ne!(make("1"), make("2"));
}

/// A link planted while the folder is read never gives the content behind it.
#[test]
fn a_swap_race_leaks_nothing() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    write(outside.path(), "secret");
    let target = folder.path().join("main.js");
    write(&target, "public");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let link = folder.path().join("link");
            let plain = folder.path().join("plain");
            while !stop.load(Ordering::Relaxed) {
                std::os::unix::fs::symlink(outside.path(), &link).unwrap();
                fs::rename(&link, &target).unwrap();
                write(&plain, "public");
                fs::rename(&plain, &target).unwrap();
            }
        });
        for _ in 0..2000 {
            if let Ok(bundle) = Bundle::read(folder.path()) {
                assert!(bundle.files().values().all(|content| &content[..] != b"secret"));
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}
