//! Reading real folders.
#![cfg(any(unix, windows))]

use std::fs;
use std::io::ErrorKind;
#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use aether_bundle::{Bundle, MAX_DEPTH, MAX_FILE_BYTES, Problem};

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
#[cfg(unix)]
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
#[cfg(unix)]
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
#[cfg(unix)]
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
    let none = if cfg!(windows) { "/nonexistent: " } else { "/nonexistent: No such file" };
    assert!(error.to_string().contains(none), "{error}");
    assert!(matches!(&error.problem, Problem::Io(error) if error.kind() == ErrorKind::NotFound));
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
#[cfg(unix)]
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

/// They are read as they are listed, whatever Windows makes of them elsewhere.
#[test]
#[cfg(windows)]
fn names_that_windows_reads_as_another_are_read_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    let names = ["NUL", "a", "a ", "a.", "nul.txt"];
    for name in names {
        write(&top.join(name), name);
    }
    let bundle = Bundle::read(folder.path()).unwrap();
    let read: Vec<_> = bundle.files().iter().map(|(name, text)| (&**name, &**text)).collect();
    assert_eq!(read, names.map(|name| (name, name.as_bytes())));
}

/// Where a link cannot be made, as under Wine, that is said: it needs a real Windows.
#[test]
#[cfg(windows)]
fn links_and_junctions_are_refused_wherever_they_lead() {
    use std::os::windows::fs::{symlink_dir, symlink_file};
    let outside = tempfile::tempdir().unwrap();
    write(&outside.path().join("secret"), "secret");
    type Make = fn(&Path, &Path);
    let makes: [(&str, Make); 3] = [
        ("symbolic link to a file", |to, at| drop(symlink_file(to.join("secret"), at))),
        ("symbolic link to a folder", |to, at| drop(symlink_dir(to, at))),
        ("junction", |to, at| {
            let mut make = std::process::Command::new("cmd");
            drop(make.args(["/c", "mklink", "/J"]).arg(at).arg(to).output());
        }),
    ];
    for (what, make) in makes {
        let folder = tempfile::tempdir().unwrap();
        make(outside.path(), &folder.path().join("l"));
        if folder.path().join("l").symlink_metadata().is_err() {
            eprintln!("not tried, it cannot be made here: {what}");
            continue;
        }
        let error = Bundle::read(folder.path()).unwrap_err();
        assert!(error.to_string().contains("l: a symbolic link"), "{what}: {error}");
    }
}

#[test]
#[cfg(windows)]
fn a_long_path_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().canonicalize().unwrap().join([&*"d".repeat(100); 4].join("\\"));
    fs::create_dir_all(&deep).unwrap();
    write(&deep.join("x"), "x");
    let bundle = Bundle::read(folder.path()).unwrap();
    assert_eq!(bundle.files().len(), 1, "of {} bytes", deep.as_os_str().len());
}
