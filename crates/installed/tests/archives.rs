//! Archives: good ones are read, and each kind of hostile one is refused by its kind.

mod support;

use std::fs;
use std::time::{Duration, Instant};

use aether_bundle::{Bundle, MAX_DEPTH, MAX_FILES};
use aether_installed::{
    ArchiveProblem as Problem, LibraryError, MAX_ENTRIES, MAX_ENTRY_NAME, ReviewError, Source,
    Terms, read_archive,
};
use support::{Desk, MANIFEST, Raw, archive, archive_with, code, manifest, raw_archive};
use zip::CompressionMethod;

fn check(bytes: &[u8], expect: &Problem) {
    let error = read_archive(bytes).expect_err(&format!("{expect:?}"));
    assert_eq!(&error.problem, expect, "{error}");
    assert!(!error.help().is_empty());
    assert!(!error.to_string().chars().any(char::is_control), "{error}");
}

fn named(name: &str) -> Vec<u8> {
    raw_archive(&[Raw::new("a.js", b"a"), Raw::new(name, b"b")])
}

#[test]
fn an_archive_is_the_bundle_that_its_folder_is() {
    let desk = Desk::new();
    let (manifest, code) = (manifest("1.0.0", "{}", ""), code("1"));
    let folder = desk.folder(&manifest, &code);
    let digest = Bundle::read(&folder).unwrap().digest();
    let part: &[u8] = b"export const part = 1;\n";
    for top in ["", "notes-1.0.0/", "ünïcode/"] {
        for method in [CompressionMethod::Deflated, CompressionMethod::Stored] {
            let names = [MANIFEST, "main.js", "lib/part.js"].map(|name| format!("{top}{name}"));
            let contents = [manifest.as_bytes(), code.as_bytes(), part];
            let mut entries: Vec<(&str, &[u8])> =
                names.iter().map(String::as_str).zip(contents).collect();
            let folder = format!("{top}lib/");
            entries.push((&folder, b""));
            let file = desk.folder.path().join("plugin.zip");
            fs::write(&file, archive_with(&entries, method)).unwrap();
            let review = desk.library.review(Source::Archive(&file), &Terms::default()).unwrap();
            assert_eq!(review.digest(), digest, "{top} {method:?}");
        }
    }
}

#[test]
fn archives_of_other_programs_are_read() {
    // By Info-ZIP, Python and Git; two of them written without going back, so that the sizes come after
    // the content, and one with a comment.
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives");
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let files = read_archive(&fs::read(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(files.keys().collect::<Vec<_>>(), [MANIFEST, "lib/part.js", "main.js"]);
        assert_eq!(&files["lib/part.js"][..], b"export const part = 1;\n");
        read += 1;
    }
    assert_eq!(read, 6);
}

#[test]
fn hand_made_archives_are_read_where_nothing_is_wrong() {
    // Otherwise the refusals below would prove nothing.
    let files = read_archive(&named("lib/b.js")).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["a.js", "lib/b.js"]);
    assert_eq!(&files["lib/b.js"][..], b"b");
}

#[test]
fn a_comment_is_no_harm() {
    let mut bytes = named("b.js");
    let at = bytes.len() - 2;
    bytes[at..].copy_from_slice(&4u16.to_le_bytes());
    bytes.extend(b"note");
    assert_eq!(read_archive(&bytes).unwrap().len(), 2);
}

#[test]
fn names_that_are_not_those_of_one_file_are_refused() {
    let table = [
        ("/etc/passwd", Problem::Absolute),
        ("\\server\\share", Problem::Absolute),
        ("C:/windows/x", Problem::Absolute),
        ("c:x", Problem::Absolute),
        ("..\\..\\x", Problem::Backslash),
        ("../x", Problem::NotNormal),
        ("lib/../../x", Problem::NotNormal),
        ("./x", Problem::NotNormal),
        ("lib//x", Problem::NotNormal),
        ("lib/./x", Problem::NotNormal),
        ("lib/x:stream", Problem::NotPortable),
        ("x\0.js", Problem::NotPortable),
        ("x\n.js", Problem::NotPortable),
        ("a.js", Problem::Duplicate),
        ("A.js", Problem::CaseOnly("`a.js`".to_owned())),
        ("a.js/x", Problem::FileAndFolder),
    ];
    for (name, expect) in table {
        check(&named(name), &expect);
    }
    let deep = |folders: usize| format!("{}x", "d/".repeat(folders));
    assert!(read_archive(&named(&deep(MAX_DEPTH))).is_ok());
    check(&named(&deep(MAX_DEPTH + 1)), &Problem::TooDeep);
    let alone = |folders| raw_archive(&[Raw::new(&deep(folders), b"")]);
    assert!(read_archive(&alone(MAX_DEPTH + 1)).is_ok(), "one folder is around everything");
    check(&alone(MAX_DEPTH + 2), &Problem::TooDeep);
    check(&named(&"n".repeat(256)), &Problem::NotPortable);
    assert!(read_archive(&named(&"n".repeat(255))).is_ok());
    for (first, second) in [("d/x", "d"), ("d/", "d"), ("d", "d/"), ("d/", "d/")] {
        let entries = [Raw::new("a.js", b""), Raw::new(first, b""), Raw::new(second, b"")];
        let error = read_archive(&raw_archive(&entries)).unwrap_err();
        assert!(matches!(error.problem, Problem::FileAndFolder | Problem::Duplicate), "{error}");
    }
    for (first, second) in [("d/", "d/x"), ("d/x", "d/")] {
        let entries = [Raw::new("a.js", b""), Raw::new(first, b""), Raw::new(second, b"")];
        assert_eq!(read_archive(&raw_archive(&entries)).unwrap().len(), 2, "{first}, {second}");
    }
    check(&named(&"n".repeat(MAX_ENTRY_NAME + 1)), &Problem::NameLength);
    check(&named(""), &Problem::NameLength);
    let folders = [Raw::new("Lib/a.js", b"a"), Raw::new("lib/b.js", b"b")];
    check(&raw_archive(&folders), &Problem::CaseOnly("`Lib`".to_owned()));
    let mut broken = Raw::new("x", b"");
    broken.name = b"x\xff".to_vec();
    check(&raw_archive(std::slice::from_ref(&broken)), &Problem::NotUtf8);
    // Valid, and yet another name to whoever takes it for an old code page.
    let unmarked = Raw { flags: 0, ..Raw::new("é.js", b"") };
    check(&raw_archive(&[unmarked]), &Problem::NotUtf8);
}

#[test]
fn what_is_no_plain_file_is_refused() {
    let with_mode = |mode| raw_archive(&[Raw { mode, ..Raw::new("a.js", b"main.js") }]);
    assert!(read_archive(&with_mode(0o100_644)).is_ok());
    check(&with_mode(0o120_777), &Problem::Symlink);
    for mode in [0o010_644, 0o020_644, 0o060_644, 0o140_644, 0o040_755] {
        check(&with_mode(mode), &Problem::Special);
    }
    check(&raw_archive(&[Raw::new("lib/", b"content")]), &Problem::FolderWithContent);
    let folder = Raw { mode: 0o120_777, ..Raw::new("lib/", b"") };
    check(&raw_archive(&[folder]), &Problem::Symlink);
}

#[test]
fn what_is_encrypted_or_packed_otherwise_is_refused() {
    for flag in [1, 1 << 6 | 1, 1 << 13] {
        let entry = Raw { flags: flag, ..Raw::new("a.js", b"a") };
        check(&raw_archive(&[entry]), &Problem::Encrypted);
    }
    let patched = Raw { flags: 1 << 5, ..Raw::new("a.js", b"a") };
    check(&raw_archive(&[patched]), &Problem::Flags);
    for method in [1, 9, 12, 14, 93, 99] {
        let entry = Raw { method, ..Raw::new("a.js", b"a") };
        check(&raw_archive(&[entry]), &Problem::Method(method));
    }
}

#[test]
fn an_archive_that_can_be_read_in_two_ways_is_refused() {
    let good = named("b.js");
    let with = |bytes: &[&[u8]]| bytes.concat();
    // Something behind the end, another archive behind it, something before it.
    check(&with(&[&good, b"x"]), &Problem::EndRecord);
    check(&with(&[&good, &good]), &Problem::EndRecord);
    check(&with(&[b"#!/bin/sh\n", &good]), &Problem::EndRecord);
    // An end record in the comment of another.
    let mut hidden = good.clone();
    let at = hidden.len() - 2;
    hidden[at..].copy_from_slice(&22u16.to_le_bytes());
    hidden.extend(&good[good.len() - 22..]);
    check(&hidden, &Problem::EndRecord);
    // One within the list, where a program that looks from the front finds it.
    let comment = good[good.len() - 22..].to_vec();
    let noted = Raw { comment: b"a note".to_vec(), ..Raw::new("a.js", b"a") };
    assert!(read_archive(&raw_archive(&[noted])).is_ok());
    check(&raw_archive(&[Raw { comment, ..Raw::new("a.js", b"a") }]), &Problem::EndRecord);
    // The list says one length, the entry another.
    let two_sizes = Raw { local_size: Some(9), ..Raw::new("a.txt", b"a") };
    check(&raw_archive(&[two_sizes]), &Problem::Disagrees);
    // The list says one name, the entry another.
    let two_names = Raw { local_name: Some(b"main.js".to_vec()), ..Raw::new("a.txt", b"a") };
    check(&raw_archive(&[two_names]), &Problem::Disagrees);
    // Two names for one entry, and an entry within another.
    let shared = Raw { offset: Some(0), ..Raw::new("a.js", b"a") };
    check(&raw_archive(&[Raw::new("a.js", b"a"), shared]), &Problem::Gap);
    let inner = raw_archive(&[Raw::new("b.js", b"evil")]);
    let outer = Raw::new("a.js", &inner[..38]);
    let within = Raw { offset: Some(34), ..Raw::new("b.js", b"evil") };
    check(&raw_archive(&[outer, within]), &Problem::Gap);
    // An entry that the list does not name.
    let mut unlisted = raw_archive(&[Raw::new("a.js", b"a")]);
    let end = unlisted.len() - 22;
    let list =
        usize::try_from(u32::from_le_bytes(unlisted[end + 16..end + 20].try_into().unwrap()));
    let list = list.unwrap();
    let stray = raw_archive(&[Raw::new("b.js", b"b")])[..35].to_vec();
    let moved = u32::try_from(list + stray.len()).unwrap();
    unlisted[end + 16..end + 20].copy_from_slice(&moved.to_le_bytes());
    unlisted.splice(list..list, stray);
    check(&unlisted, &Problem::List);
    // Another length than is there.
    for size in [0, 5, 1000] {
        let entry = Raw { size: Some(size), ..Raw::new("a.js", b"a") };
        check(&raw_archive(&[entry]), &Problem::Disagrees);
    }
}

#[test]
fn several_disks_and_zip64_are_refused() {
    let good = named("b.js");
    let end = good.len() - 22;
    let changed = |at: usize, value: &[u8]| {
        let mut bytes = good.clone();
        bytes[end + at..end + at + value.len()].copy_from_slice(value);
        bytes
    };
    check(&changed(4, &[1, 0]), &Problem::MultiDisk);
    check(&changed(6, &[1, 0]), &Problem::MultiDisk);
    check(&changed(8, &[1, 0]), &Problem::MultiDisk);
    check(&changed(8, &[0xff; 4]), &Problem::Zip64);
    check(&changed(16, &[0xff; 4]), &Problem::Zip64);
    check(&changed(12, &[0, 0]), &Problem::EndRecord);
    check(&changed(8, &[1, 0, 1, 0]), &Problem::List);
    check(&changed(8, &[0, 0, 0, 0]), &Problem::Empty);
    check(&raw_archive(&[Raw { disk: 1, ..Raw::new("a", b"") }]), &Problem::MultiDisk);
    let wide = Raw { size: Some(u32::MAX), ..Raw::new("a", b"") };
    check(&raw_archive(&[wide]), &Problem::Zip64);
}

#[test]
fn bombs_are_refused_before_they_unpack() {
    let zeros = vec![0u8; 8 << 20];
    check(&archive(&[("a.bin", &zeros)]), &Problem::Ratio);
    // What is declared: no byte of it is looked at.
    let declared = |size: u32, count: usize| {
        let entry = |number: usize| {
            let content = vec![7u8; 700_000];
            let size = Some(size);
            Raw { method: 8, size, ..Raw::new(&format!("{number}.bin"), &content) }
        };
        raw_archive(&(0..count).map(entry).collect::<Vec<_>>())
    };
    check(&declared((64 << 20) + 1, 1), &Problem::FileTooLarge);
    check(&declared(64 << 20, 3), &Problem::TooLarge);
    let many: Vec<_> = (0..=MAX_ENTRIES).map(|n| Raw::new(&format!("{n}"), b"")).collect();
    check(&raw_archive(&many), &Problem::TooManyEntries);
    check(&raw_archive(&many[..=MAX_FILES]), &Problem::TooManyFiles);
    assert_eq!(read_archive(&raw_archive(&many[..MAX_FILES])).unwrap().len(), MAX_FILES);
}

#[test]
fn content_that_is_more_less_or_other_than_declared_is_refused() {
    let text = "some text that deflate makes shorter, and shorter, and shorter. ".repeat(9);
    let good = archive(&[("a.txt", text.as_bytes())]);
    assert_eq!(read_archive(&good).unwrap()["a.txt"].len(), text.len());
    let list = good.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for size in [text.len() - 1, text.len() + 1, 1, text.len() * 2] {
        let mut lying = good.clone();
        let size = u32::try_from(size).unwrap().to_le_bytes();
        lying[22..26].copy_from_slice(&size);
        lying[list + 24..list + 28].copy_from_slice(&size);
        check(&lying, &Problem::Damaged);
    }
    let mut checksum = good.clone();
    checksum[14] ^= 1;
    checksum[list + 16] ^= 1;
    check(&checksum, &Problem::Damaged);
    let mut content = raw_archive(&[Raw::new("a.js", b"abc")]);
    content[34] ^= 1;
    check(&content, &Problem::Damaged);
}

#[test]
fn names_take_no_more_than_their_length() {
    // As many and as long as they may be, and each in folders of its own.
    let part = |number: usize| format!("{number:06}{}", "x".repeat(20));
    let name = |number: usize| (0..33).map(|_| part(number)).collect::<Vec<_>>().join("/");
    let entries: Vec<_> = (0..MAX_FILES).map(|number| Raw::new(&name(number), b"")).collect();
    let bytes = raw_archive(&entries);
    let begin = Instant::now();
    assert_eq!(read_archive(&bytes).unwrap().len(), MAX_FILES);
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[test]
fn what_is_no_archive_is_refused() {
    check(b"", &Problem::NotZip);
    check(b"PK", &Problem::NotZip);
    check(&[0; 4096], &Problem::NotZip);
    check(b"PK\x05\x06", &Problem::EndRecord);
    check(&raw_archive(&[Raw::new("lib/", b"")]), &Problem::Empty);
    let good = named("b.js");
    for cut in 0..good.len() {
        assert!(read_archive(&good[..cut]).is_err(), "{cut} bytes of {}", good.len());
    }
}

#[test]
fn every_changed_byte_gives_the_same_files_or_an_error() {
    let good = archive(&[("lib/a.js", b"export const a = 1;\n"), ("b.js", b"// b\n")]);
    let files = read_archive(&good).unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut changed = good.clone();
            changed[at] ^= 1 << bit;
            let Ok(found) = read_archive(&changed) else { continue };
            // A name is what it says, and nobody can know that it was another; a content is not.
            let contents: Vec<_> = found.values().collect();
            let mut expected: Vec<_> = files.values().collect();
            if found.keys().next() != files.keys().next() && found.len() == 2 {
                expected.sort();
                let mut contents = contents.clone();
                contents.sort();
                assert_eq!(contents, expected, "byte {at}, bit {bit}");
            } else {
                assert_eq!(contents, expected, "byte {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_file_that_is_none_is_refused_by_its_kind() {
    let desk = Desk::new();
    let review = |path: &std::path::Path| {
        desk.library.review(Source::Archive(path), &Terms::default()).unwrap_err()
    };
    assert!(matches!(review(desk.folder.path()), ReviewError::NotAFile(_)));
    assert!(matches!(review(&desk.folder.path().join("nowhere")), ReviewError::Open { .. }));
    let file = desk.folder.path().join("a.zip");
    fs::write(&file, archive(&[("x/y/aether-plugin.json", b"{}")])).unwrap();
    assert!(matches!(review(&file), ReviewError::NoManifest));
    let sparse = fs::File::create(&file).unwrap();
    sparse.set_len(aether_installed::MAX_ARCHIVE + 1).unwrap();
    let error = review(&file);
    let ReviewError::Archive(archive) = &error else { panic!("{error}") };
    assert_eq!(archive.problem, Problem::ArchiveTooLarge);
    assert!(matches!(desk.library.hold("x"), Err(LibraryError::Unknown(_))));
}
