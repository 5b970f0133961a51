//! Changesets are kept, read back, distrusted and shown.

#![cfg(target_os = "linux")]

mod common;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use aether_overlay::{Changeset, DiffBody, StoreError, diff};
use common::{Lab, short};

const HOST: &[(&str, &str)] = &[
    ("a", "one\ntwo\nthree\n"),
    ("b", "b\n"),
    ("gone", "last words\n"),
    ("d/x", "x\n"),
    ("run.sh", "#!/bin/sh\n"),
    (".hidden/f", "h"),
    ("l -> a", ""),
];

fn busy() -> Lab {
    let mut lab = Lab::new(HOST);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(lab.host("run.sh"), mode).unwrap();
    lab.write("/w/a", "one\n2\nthree\n").unwrap();
    lab.rename("/w/b", "/w/d/b").unwrap();
    lab.remove_file("/w/gone").unwrap();
    lab.mkdir("/w/new").unwrap();
    lab.write("/w/new/same", "one\n2\nthree\n").unwrap();
    lab.append("/w/run.sh", "rm -rf /\n").unwrap();
    lab.write("/w/.hidden/f", "H").unwrap();
    lab.rename("/w/l", "/w/m").unwrap();
    lab
}

#[test]
fn changes_tell_what_matters() {
    let lab = busy();
    let changeset = lab.overlay.changeset();
    let lines = [
        "~ /w/.hidden/f",
        "~ /w/a",
        "> /w/b /w/d/b",
        "- /w/gone",
        "> /w/l /w/m",
        "+ /w/new/",
        "+ /w/new/same",
        "~ /w/run.sh",
    ];
    assert_eq!(short(&changeset), lines);
    let flagged = |flag: fn(&aether_overlay::Change) -> bool| {
        changeset
            .changes()
            .iter()
            .filter(|change| flag(change))
            .map(|change| change.path.as_str().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(flagged(|change| change.executable), ["/w/run.sh"]);
    assert_eq!(flagged(|change| change.dotfile), ["/w/.hidden/f"]);
    assert_eq!(flagged(|change| change.symlink), ["/w/m"]);
    for change in changeset.changes() {
        assert_eq!(change.host, lab.host(change.path.as_str().trim_start_matches("/w/")));
        assert_eq!(change.after.is_some(), changeset.content_of(change).is_some());
    }
}

#[test]
fn saved_and_loaded_it_is_the_same() {
    let lab = busy();
    let changeset = lab.overlay.changeset();
    let store = lab.dir.path().join("store");
    changeset.save(&store).unwrap();
    assert_eq!(Changeset::load(&store).unwrap(), changeset);
    assert_eq!(fs::metadata(&store).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(fs::metadata(store.join("index.json")).unwrap().permissions().mode() & 0o777, 0o600);
    // One blob for two files of one content.
    let blobs: Vec<_> =
        fs::read_dir(store.join("blobs")).unwrap().map(|blob| blob.unwrap()).collect();
    assert_eq!(blobs.len(), 3);
    for blob in blobs {
        assert_eq!(blob.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert!(
        matches!(changeset.save(&store), Err(StoreError::Io { .. })),
        "an existing folder is not written into"
    );
}

#[test]
fn what_was_tampered_with_is_refused() {
    let lab = busy();
    let check =
        |name: &str, tamper: &dyn Fn(String) -> String, refused: fn(&StoreError) -> bool| {
            let store = lab.dir.path().join(name);
            lab.overlay.changeset().save(&store).unwrap();
            let index = store.join("index.json");
            let text = fs::read_to_string(&index).unwrap();
            let changed = tamper(text.clone());
            assert_ne!(changed, text, "{name}");
            fs::write(&index, changed).unwrap();
            let error = Changeset::load(&store).unwrap_err();
            assert!(refused(&error), "{name}: {error:?}");
        };
    let malformed = |error: &StoreError| matches!(error, StoreError::Malformed { .. });
    let inconsistent = |error: &StoreError| matches!(error, StoreError::Inconsistent { .. });
    check("escape", &|text| text.replace("/w/new/same", "/w/../etc/passwd"), malformed);
    check("outside", &|text| text.replace("/w/new/same", "/etc/passwd"), inconsistent);
    check("relative", &|text| text.replace("\"host\":\"/", "\"host\":\""), |error| {
        matches!(error, StoreError::Mount)
    });
    for other in [1, 3] {
        let version = format!("\"version\":{other}");
        check(&version, &|text| text.replace("\"version\":2", &version), |error| {
            matches!(error, StoreError::Version { .. }) && error.to_string().contains("format")
        });
    }
    check("unknown", &|text| text.replace("\"symlink\"", "\"simlink\""), malformed);
    check(
        "contradiction",
        &|text| text.replace("\"kind\":\"modified\"", "\"kind\":\"deleted\""),
        inconsistent,
    );
    check("twice", &|text| text.replace("/w/new/same", "/w/a"), inconsistent);
    check("cut", &|text| text[..text.len() - 1].to_owned(), malformed);
    check(
        "length",
        &|text| text.replace("\"len\":12,\"content\"", "\"len\":11,\"content\""),
        |error| matches!(error, StoreError::Content { .. }),
    );

    let store = lab.dir.path().join("blob");
    lab.overlay.changeset().save(&store).unwrap();
    for blob in fs::read_dir(store.join("blobs")).unwrap() {
        fs::write(blob.unwrap().path(), "other").unwrap();
    }
    assert!(matches!(Changeset::load(&store), Err(StoreError::Content { .. })));
}

#[test]
fn host_paths_that_are_not_utf8_are_kept() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let host = dir.path().canonicalize().unwrap().join(std::ffi::OsStr::from_bytes(b"h\xffst"));
    fs::create_dir(&host).unwrap();
    let mut lab = Lab::mounted(dir, vec![aether_overlay::Mount::folder(common::path("/w"), &host)]);
    lab.write("/w/n", "n").unwrap();
    let store = lab.dir.path().join("store");
    lab.overlay.changeset().save(&store).unwrap();
    let changeset = Changeset::load(&store).unwrap();
    assert!(aether_overlay::apply(&changeset, |_| true).is_complete());
    assert_eq!(fs::read_to_string(host.join("n")).unwrap(), "n");
}

#[test]
fn differences_are_shown() {
    let mut lab = busy();
    lab.write("/w/d/x", "was text\0now not").unwrap();
    lab.write("/w/large", &"line\n".repeat(300_000)).unwrap();
    let shown = diff(&lab.overlay.changeset());
    let of = |path: &str| shown.iter().find(|diff| diff.path.as_str() == path).unwrap();
    let a = "--- a/w/a\n+++ b/w/a\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n";
    assert_eq!(of("/w/a").body, DiffBody::Text(a.to_owned()));
    let gone = "--- a/w/gone\n+++ /dev/null\n@@ -1 +0,0 @@\n-last words\n";
    assert_eq!(of("/w/gone").body, DiffBody::Text(gone.to_owned()));
    let DiffBody::Text(new) = &of("/w/new/same").body else { panic!() };
    assert!(new.starts_with("--- /dev/null\n+++ b/w/new/same\n"), "{new}");
    assert_eq!(of("/w/d/b").body, DiffBody::Same);
    assert_eq!(of("/w/d/x").body, DiffBody::Binary { before: Some(2), after: Some(16) });
    assert_eq!(of("/w/large").body, DiffBody::TooLarge { before: None, after: Some(1_500_000) });
    assert!(shown.iter().all(|diff| !diff.stale));

    fs::write(lab.host("a"), "changed since\n").unwrap();
    fs::remove_file(lab.host("b")).unwrap();
    let shown = diff(&lab.overlay.changeset());
    let stale: Vec<_> =
        shown.iter().filter(|diff| diff.stale).map(|diff| diff.path.as_str()).collect();
    assert_eq!(stale, ["/w/a", "/w/d/b"]);
}

/// What a file is called, and where its lines end, is the plugin's choice.
#[test]
fn a_difference_holds_no_line_that_no_file_has() {
    let mut lab = busy();
    lab.write("/w/x\n+++ b\n-forged\r\u{2028}", "one\r-forged\n+two\n").unwrap();
    let shown = diff(&lab.overlay.changeset());
    let found = shown.iter().find(|diff| diff.path.as_str().contains("forged")).unwrap();
    let DiffBody::Text(text) = &found.body else { panic!("{found:?}") };
    let name = r"x\n+++ b\n-forged\r\u{2028}";
    let expect = format!("--- /dev/null\n+++ b/w/{name}\n@@ -0,0 +1,2 @@\n+one\r-forged\n++two\n");
    assert_eq!(*text, expect);
}
