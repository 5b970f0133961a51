//! What is a path of a Windows host, what is refused, and what is done with one.

use std::collections::HashSet;

use aether_path::WindowsNameProblem::*;
use aether_path::WindowsPathProblem::{self, *};
use aether_path::{
    MAX_WINDOWS_PATH_UNITS, WindowsNameProblem, WindowsPath, same_windows_name, windows_name,
};

type Verdict = Result<&'static str, WindowsPathProblem>;

fn name(problem: WindowsNameProblem) -> Verdict {
    Err(Name(problem))
}

fn path(text: &str) -> WindowsPath {
    WindowsPath::parse(text).expect(text)
}

fn check(typed: &str, expect: Result<&str, WindowsPathProblem>) {
    let got = WindowsPath::parse(typed);
    assert_eq!(got.as_ref().map(WindowsPath::as_str).map_err(|e| e.problem()), expect, "{typed:?}");
}

/// Each spelling that somebody has escaped with or tripped over, and what comes of it.
#[test]
fn every_dress_is_canonical_or_refused() {
    let table: &[(&str, Verdict)] = &[
        // On a drive, in many spellings.
        (r"C:\", Ok(r"C:\")),
        (r"c:\", Ok(r"C:\")),
        ("C:/", Ok(r"C:\")),
        (r"C:\\", Ok(r"C:\")),
        (r"C:\.", Ok(r"C:\")),
        (r"C:\a", Ok(r"C:\a")),
        (r"z:\a\b", Ok(r"Z:\a\b")),
        ("C:/a/b", Ok(r"C:\a\b")),
        (r"C:/a\b", Ok(r"C:\a\b")),
        (r"C:\a\", Ok(r"C:\a")),
        (r"C:\a\\\b//c", Ok(r"C:\a\b\c")),
        (r"C:\a\.\b\.", Ok(r"C:\a\b")),
        (r"C:\.\.\a", Ok(r"C:\a")),
        (r"C:\Users\Zoë\été", Ok(r"C:\Users\Zoë\été")),
        (r"C:\.git\..a", Ok(r"C:\.git\..a")),
        (r"C:\a b\ c", Ok(r"C:\a b\ c")),
        (r"C:\…\a…", Ok(r"C:\…\a…")),
        (r"C:\$Recycle.Bin\[a];{b}=+,'^%TEMP%", Ok(r"C:\$Recycle.Bin\[a];{b}=+,'^%TEMP%")),
        // What tells Windows not to interpret.
        (r"\\?\C:\", Ok(r"C:\")),
        (r"\\?\c:\a\b", Ok(r"C:\a\b")),
        (r"\\?\C:", Err(DeviceNamespace)),
        (r"\\?\C:a", Err(DeviceNamespace)),
        (r"\\?\C:/a", Err(DeviceNamespace)),
        (r"\\?\1:\a", Err(DeviceNamespace)),
        (r"\\?\é:\a", Err(DeviceNamespace)),
        (r"\\?\C:\a/b", name(Separator)),
        (r"\\?\C:\a\", name(WindowsNameProblem::Empty)),
        (r"\\?\C:\\a", name(WindowsNameProblem::Empty)),
        (r"\\?\C:\.", name(Dot)),
        (r"\\?\C:\a\..\b", name(Parent)),
        (r"\\?\C:\a.", name(TrailingDotOrSpace)),
        (r"\\?\C:\nul", name(Device)),
        (r"\\?\C:\a:b", name(Stream)),
        (r"\\?\UNC\server\share\a", Err(DeviceNamespace)),
        (r"\\?\Volume{26a21bda-a627-11d7-9931-806e6f6e6963}\a", Err(DeviceNamespace)),
        (r"\\?\GLOBALROOT\Device\HarddiskVolume1\a", Err(DeviceNamespace)),
        (r"\\?\HarddiskVolumeShadowCopy1\a", Err(DeviceNamespace)),
        (r"\\?\pipe\a", Err(DeviceNamespace)),
        (r"\\?\..\C:\a", Err(DeviceNamespace)),
        (r"\\?\\C:\a", Err(DeviceNamespace)),
        (r"\\?\", Err(DeviceNamespace)),
        (r"\\?", Err(DeviceNamespace)),
        // The same with separators that make it something else, and other doors to all objects.
        ("//?/C:/a", Err(DeviceNamespace)),
        (r"\/?\C:\a", Err(DeviceNamespace)),
        (r"\\?/C:\a", Err(DeviceNamespace)),
        (r"\??\C:\a", Err(DeviceNamespace)),
        ("/??/C:/a", Err(DeviceNamespace)),
        (r"\??", Err(DeviceNamespace)),
        (r"\\.\C:\a", Err(DeviceNamespace)),
        (r"\\.\C:", Err(DeviceNamespace)),
        (r"\\.\PhysicalDrive0", Err(DeviceNamespace)),
        (r"\\.\pipe\a", Err(DeviceNamespace)),
        (r"\\.\NUL", Err(DeviceNamespace)),
        (r"\\.\GLOBALROOT\Device\Null", Err(DeviceNamespace)),
        ("//./CON", Err(DeviceNamespace)),
        (r"\\.", Err(DeviceNamespace)),
        // Other machines.
        (r"\\server\share\a", Err(Unc)),
        ("//server/share", Err(Unc)),
        (r"\/server/share", Err(Unc)),
        (r"\\127.0.0.1\c$\a", Err(Unc)),
        (r"\\localhost@80\DavWWWRoot\a", Err(Unc)),
        (r"\\wsl$\Debian\etc\passwd", Err(Unc)),
        (r"\\?x\a", Err(Unc)),
        (r"\\..\a", Err(Unc)),
        (r"\\", Err(Unc)),
        (r"\\\", Err(Unc)),
        // What depends on something.
        ("", Err(WindowsPathProblem::Empty)),
        ("a", Err(Relative)),
        (r".\a", Err(Relative)),
        (r"..\a", Err(Relative)),
        (".", Err(Relative)),
        ("NUL", Err(Relative)),
        ("CON:", Err(Relative)),
        (r" C:\a", Err(Relative)),
        (r"file:///C:/a", Err(Relative)),
        (r"file:stream", Err(Relative)),
        ("%SystemRoot%\\a", Err(Relative)),
        ("C:", Err(DriveRelative)),
        ("C:a", Err(DriveRelative)),
        ("c:..", Err(DriveRelative)),
        (r"C:a\b", Err(DriveRelative)),
        ("C::$DATA", Err(DriveRelative)),
        (r"C:：\a", Err(DriveRelative)),
        (r"\a", Err(Rooted)),
        ("/a", Err(Rooted)),
        (r"\", Err(Rooted)),
        (r"\:\a", Err(Rooted)),
        (r"\a\..\??\C:\a", Err(Rooted)),
        (r"1:\a", Err(NotADrive)),
        (r"é:\a", Err(NotADrive)),
        (r"Ｃ:\a", Err(NotADrive)),
        (r"::\a", Err(NotADrive)),
        (r"@:\a", Err(NotADrive)),
        // Upwards.
        (r"C:\..", name(Parent)),
        (r"C:\a\..\b", name(Parent)),
        ("C:/a/../../b", name(Parent)),
        (r"C:\a\..", name(Parent)),
        (r"C:\...", name(TrailingDotOrSpace)),
        (r"C:\.. \b", name(TrailingDotOrSpace)),
        (r"C:\. .\b", name(TrailingDotOrSpace)),
        // Dots and spaces that go away.
        (r"C:\a.", name(TrailingDotOrSpace)),
        (r"C:\a ", name(TrailingDotOrSpace)),
        (r"C:\a. . .", name(TrailingDotOrSpace)),
        (r"C:\a.\b", name(TrailingDotOrSpace)),
        (r"C:\ ", name(TrailingDotOrSpace)),
        (r"C:\ \a", name(TrailingDotOrSpace)),
        (r"C:\.git.", name(TrailingDotOrSpace)),
        // Streams.
        (r"C:\a:b", name(Stream)),
        (r"C:\a::$DATA", name(Stream)),
        (r"C:\a:b:$DATA", name(Stream)),
        (r"C:\a::$INDEX_ALLOCATION\b", name(Stream)),
        (r"C:\a:$I30:$INDEX_ALLOCATION", name(Stream)),
        (r"C:\:$DATA", name(Stream)),
        (r"C:\a:", name(Stream)),
        (r"C:\C:\a", name(Stream)),
        (r"C:\.git::$INDEX_ALLOCATION\config", name(Stream)),
        // Devices.
        (r"C:\NUL", name(Device)),
        (r"C:\nul.txt", name(Device)),
        (r"C:\NuL.tar.gz", name(Device)),
        (r"C:\nul .txt", name(Device)),
        (r"C:\nul  . .txt", name(Device)),
        (r"C:\nul\a", name(Device)),
        (r"C:\a\con", name(Device)),
        (r"C:\prn.a", name(Device)),
        (r"C:\AUX.c", name(Device)),
        (r"C:\conin$", name(Device)),
        (r"C:\CONOUT$.a", name(Device)),
        (r"C:\CLOCK$", name(Device)),
        (r"C:\COM1", name(Device)),
        (r"C:\com9.log", name(Device)),
        (r"C:\com0", name(Device)),
        (r"C:\lpt1 .txt", name(Device)),
        (r"C:\COM¹", name(Device)),
        (r"C:\com².txt", name(Device)),
        (r"C:\LPT³", name(Device)),
        (r"C:\nul:", name(Stream)),
        (r"C:\nul.", name(TrailingDotOrSpace)),
        (r"C:\null", Ok(r"C:\null")),
        (r"C:\console", Ok(r"C:\console")),
        (r"C:\com10", Ok(r"C:\com10")),
        (r"C:\com", Ok(r"C:\com")),
        (r"C:\coma", Ok(r"C:\coma")),
        (r"C:\a.nul", Ok(r"C:\a.nul")),
        (r"C:\ nul", Ok(r"C:\ nul")),
        (r"C:\ｃｏｎ", Ok(r"C:\ｃｏｎ")),
        (r"C:\dollar$", Ok(r"C:\dollar$")),
        // Short names.
        (r"C:\PROGRA~1", name(ShortName)),
        (r"C:\progra~2\a", name(ShortName)),
        (r"C:\GIT~1", name(ShortName)),
        (r"C:\GI7EBA~1", name(ShortName)),
        (r"C:\A23F~1.TXT", name(ShortName)),
        (r"C:\ABCD~100.C", name(ShortName)),
        (r"C:\~1", name(ShortName)),
        (r"C:\a~b~1.txt", name(ShortName)),
        (r"C:\ÄÖÜÄÖÜ~1", name(ShortName)),
        (r"C:\longname~1", Ok(r"C:\longname~1")),
        (r"C:\a~1.json", Ok(r"C:\a~1.json")),
        (r"C:\a~1.b.c", Ok(r"C:\a~1.b.c")),
        (r"C:\a~", Ok(r"C:\a~")),
        (r"C:\~$a.doc", Ok(r"C:\~$a.doc")),
        (r"C:\a~1x", Ok(r"C:\a~1x")),
        (r"C:\a.c~1", Ok(r"C:\a.c~1")),
        // Characters.
        (r"C:\a*", name(Character('*'))),
        (r"C:\?", name(Character('?'))),
        (r"C:\a<b", name(Character('<'))),
        (r"C:\a>", name(Character('>'))),
        (r#"C:\"a""#, name(Character('"'))),
        (r"C:\a|b", name(Character('|'))),
        ("C:\\a\0b", name(Control)),
        ("C:\\a\\b\0.txt", name(Control)),
        ("C:\\a\n", name(Control)),
        ("C:\\a\tb", name(Control)),
        ("C:\\a\u{1f}", name(Control)),
        ("C:\\a\u{7f}", name(Control)),
        ("C:\\a\u{85}", name(Control)),
        // NTFS's own.
        (r"C:\$MFT", Err(SystemFile)),
        (r"C:\$mft\a", Err(SystemFile)),
        (r"c:/$Extend/$UsnJrnl", Err(SystemFile)),
        (r"\\?\C:\$Secure", Err(SystemFile)),
        (r"C:\a\$MFT", Ok(r"C:\a\$MFT")),
        (r"C:\$MFTX", Ok(r"C:\$MFTX")),
    ];
    let mut seen = HashSet::new();
    for (typed, expect) in table {
        assert!(seen.insert(typed), "{typed:?} stands here twice");
        check(typed, *expect);
    }
}

#[test]
fn lengths_are_counted_in_utf16_units() {
    let of_units = |count: usize| format!(r"C:\{}", "x".repeat(count));
    check(&of_units(255), Ok(&of_units(255)));
    check(&of_units(256), Err(Name(WindowsNameProblem::TooLong)));
    let two_units_each = format!(r"C:\{}", "🜁".repeat(127));
    check(&two_units_each, Ok(&two_units_each));
    check(&format!("{two_units_each}🜁"), Err(Name(WindowsNameProblem::TooLong)));
    let three_bytes_each = format!(r"C:\{}", "…".repeat(255));
    check(&three_bytes_each, Ok(&three_bytes_each));

    let longest = format!(r"C:{}x", r"\a".repeat(MAX_WINDOWS_PATH_UNITS / 2 - 2) + r"\");
    let longest = format!("{longest}{}", "x".repeat(MAX_WINDOWS_PATH_UNITS - longest.len()));
    check(&longest, Ok(&longest));
    check(&format!(r"\\?\{longest}"), Ok(&longest));
    check(&format!("{longest}x"), Err(WindowsPathProblem::TooLong));
    check(&"\\".repeat(MAX_WINDOWS_PATH_UNITS + 1), Err(WindowsPathProblem::TooLong));
    let refused = path(&longest).join("a").unwrap_err();
    assert_eq!(refused.problem(), WindowsPathProblem::TooLong);
}

#[test]
fn utf16_is_read_and_must_be_unicode() {
    let check = |units: &[u16], expect: Result<&str, WindowsPathProblem>| {
        let got = WindowsPath::parse_utf16(units);
        assert_eq!(got.as_ref().map(WindowsPath::as_str).map_err(|e| e.problem()), expect);
    };
    let units = |text: &str| text.encode_utf16().collect::<Vec<u16>>();
    check(&units(r"c:\é🜁"), Ok(r"C:\é🜁"));
    check(&[], Err(WindowsPathProblem::Empty));
    check(&[units(r"C:\a"), vec![0xd800]].concat(), Err(Surrogate));
    check(&[units(r"C:\a"), vec![0xdc00, 0x62]].concat(), Err(Surrogate));
    check(&[units(r"C:\a"), vec![0xdc00, 0xd800]].concat(), Err(Surrogate));
    check(&[units(r"C:\a"), vec![0]].concat(), Err(Name(Control)));
    check(&vec![0x61; 1_000_000], Err(WindowsPathProblem::TooLong));
}

#[test]
fn pieces_are_told() {
    let at = path(r"d:\Ab\c.txt");
    assert_eq!(at.drive(), 'D');
    assert_eq!(at.components().collect::<Vec<_>>(), ["Ab", "c.txt"]);
    assert_eq!(at.file_name(), Some("c.txt"));
    assert_eq!(at.verbatim(), r"\\?\D:\Ab\c.txt");
    assert_eq!(at.to_string(), r"D:\Ab\c.txt");
    let units = at.verbatim_utf16();
    assert_eq!(String::from_utf16(&units).unwrap(), "\\\\?\\D:\\Ab\\c.txt\0");

    let folder = at.parent().unwrap();
    assert_eq!(folder.as_str(), r"D:\Ab");
    let root = folder.parent().unwrap();
    assert_eq!(root.as_str(), r"D:\");
    assert!(root.is_root() && !folder.is_root());
    assert_eq!(root.parent().map(|path| path.to_string()), None);
    assert_eq!(root.file_name(), None);
    assert_eq!(root.components().count(), 0);
}

#[test]
fn join_takes_one_name() {
    let check = |at: &str, name: &str, expect: Result<&str, WindowsPathProblem>| {
        let got = path(at).join(name);
        let got = got.as_ref().map(WindowsPath::as_str).map_err(|e| e.problem());
        assert_eq!(got, expect, "{at} + {name:?}");
    };
    check(r"C:\", "a", Ok(r"C:\a"));
    check(r"C:\a", "B", Ok(r"C:\a\B"));
    check(r"C:\a", "", Err(Name(WindowsNameProblem::Empty)));
    check(r"C:\a", ".", Err(Name(Dot)));
    check(r"C:\a", "..", Err(Name(Parent)));
    check(r"C:\a", r"b\c", Err(Name(Separator)));
    check(r"C:\a", "b/c", Err(Name(Separator)));
    check(r"C:\a", r"D:\b", Err(Name(Stream)));
    check(r"C:\a", "D:", Err(Name(Stream)));
    check(r"C:\a", "nul", Err(Name(Device)));
    check(r"C:\a", "$MFT", Ok(r"C:\a\$MFT"));
    check(r"C:\", "$MFT", Err(SystemFile));
}

#[test]
fn below_is_by_whole_components_and_ignores_case() {
    let check = |at: &str, folder: &str, expect: Option<&str>| {
        assert_eq!(path(at).strip_prefix(&path(folder)), expect, "{at} below {folder}");
        assert_eq!(path(at).starts_with(&path(folder)), expect.is_some());
    };
    check(r"C:\a\b\C", r"C:\a", Some(r"b\C"));
    check(r"C:\A\b\C", r"c:\a\B", Some("C"));
    check(r"C:\a", r"C:\A", Some(""));
    check(r"C:\a\b", r"C:\", Some(r"a\b"));
    check(r"C:\", r"C:\", Some(""));
    check(r"C:\ab", r"C:\a", None);
    check(r"C:\a", r"C:\ab", None);
    check(r"C:\a", r"C:\a\b", None);
    check(r"C:\", r"C:\a", None);
    check(r"D:\a", r"C:\", None);
    check(r"D:\a", r"C:\a", None);
    // The capital has more bytes than the letter.
    check(r"C:\ɐɐ\x", r"C:\Ɐɐ", Some("x"));
}

#[test]
fn case_is_ignored_as_ntfs_does() {
    for (one, other) in [
        ("readme.TXT", "README.txt"),
        ("été", "ÉTÉ"),
        ("ÿ", "Ÿ"),
        ("ж", "Ж"),
        ("ǆ", "Ǆ"),
        ("ⅷ", "Ⅷ"),
        ("ⓐ", "Ⓐ"),
        ("ａ", "Ａ"),
        ("ᾀ", "ᾈ"),
        ("ᾗ", "ᾟ"),
        ("ᾧ", "ᾯ"),
        ("ᾳ", "ᾼ"),
        ("ῃ", "ῌ"),
        ("ῳ", "ῼ"),
        ("ⱥ", "Ⱥ"),
    ] {
        assert!(same_windows_name(one, other), "{one} {other}");
        assert_eq!(path(&format!(r"C:\{one}")), path(&format!(r"c:\{other}")));
    }
    for (one, other) in [
        ("a", "b"),
        ("a", "aa"),
        ("ß", "SS"),
        ("ß", "ẞ"),
        ("ﬁ", "FI"),
        ("é", "e\u{301}"),
        ("e", "é"),
        ("ŉ", "ʼN"),
        ("𐐨", "𐐀"),
        ("İ", "i"),
    ] {
        assert!(!same_windows_name(one, other), "{one} {other}");
        assert_ne!(path(&format!(r"C:\{one}")), path(&format!(r"C:\{other}")));
    }
}

#[test]
fn the_tree_of_a_folder_directly_follows_it() {
    let mut paths =
        [r"C:\a b", r"C:\A\b", r"C:\b", r"C:\a", r"C:\", r"C:\a!\x", r"C:\a\B\c"].map(path);
    paths.sort();
    let sorted: Vec<&str> = paths.iter().map(WindowsPath::as_str).collect();
    let expect = [r"C:\", r"C:\a", r"C:\A\b", r"C:\a\B\c", r"C:\a b", r"C:\a!\x", r"C:\b"];
    assert_eq!(sorted, expect);
}

#[test]
fn a_virtual_name_is_told_whether_windows_can_have_it() {
    for name in ["a", ".hidden", "a b", "été", "a~1.json", "$MFT", "[a]"] {
        assert_eq!(windows_name(name), Ok(()), "{name}");
    }
    for (name, problem) in [
        ("a\\b", Separator),
        ("a:b", Stream),
        ("a.", TrailingDotOrSpace),
        ("nul.txt", Device),
        ("NAME~1", ShortName),
        ("a\nb", Control),
        ("a?", Character('?')),
        ("..", Parent),
    ] {
        assert_eq!(windows_name(name).map_err(|e| e.problem()), Err(problem), "{name:?}");
    }
}

#[test]
fn errors_name_the_piece() {
    let said = |typed: &str| WindowsPath::parse(typed).unwrap_err().to_string();
    assert_eq!(
        said(r"C:\a\nul.txt\b"),
        r"path `C:\a\nul.txt\b` has the component `nul.txt`, which means a device"
    );
    assert_eq!(
        said(r"C:\a:b"),
        r"path `C:\a:b` has the component `a:b`, which has a `:` and so names a stream of a file"
    );
    assert_eq!(said("C:a"), r"path `C:a` is relative to its drive: no `\` follows the colon");
    assert_eq!(said(r"\\srv\x"), r"path `\\srv\x` names another machine");
    assert_eq!(
        said(r"C:\$MFT"),
        r"path `C:\$MFT` has the component `$MFT`, which NTFS keeps for itself at the top of a drive"
    );
    assert_eq!(
        windows_name("a.").unwrap_err().to_string(),
        "name `a.` ends in a dot or a space, and Windows drops those"
    );
    // What comes from a plugin reaches no terminal as it is, nor as long as it is.
    assert!(said("C:\\\u{1b}[2J").contains(r"\u{1b}[2J"));
    let long = said(&format!(r"\{}", "x".repeat(20_000)));
    assert!(long.len() < 400 && long.contains('…'), "{long}");
}

#[test]
fn refusals_that_have_a_way_out_tell_it() {
    let help = |typed: &str| WindowsPath::parse(typed).unwrap_err().help();
    assert_eq!(help("a"), Some("write the whole path, from the drive on"));
    assert!(help(r"C:\PROGRA~1").unwrap().contains("long name"));
    assert!(help(r"C:\a\..").unwrap().contains("absolute"));
    assert_eq!(help(r"C:\nul"), None);
}
