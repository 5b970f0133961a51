//! What holds for whatever is taken as a path of a Windows host, in whatever dress it comes.

use std::hash::{BuildHasher, RandomState};

use aether_path::{WindowsPath, same_windows_name, windows_name};
use proptest::prelude::*;

/// What hostile paths are made of. Most texts built of it are refused, and enough are not.
const PIECES: &[&str] = &[
    r"\", r"\", "/", "a", "B", "é", "🜁", ".", "..", " ", ":", "::$DATA", "nul", "COM1", "com²",
    "$", "$MFT", "~1", "PROGRA~1", ".txt", "?", "*", "\0", "\n", r"\\?\", r"\\.\", r"\??\", "UNC",
    "C:", r"C:\", "ſ", "ı", "\u{202e}", "x1234567",
];

const BEGINNINGS: &[&str] = &[r"C:\", "c:/", r"\\?\D:\", r"Z:\a\", "", "C:"];

fn hostile() -> impl Strategy<Value = String> {
    let beginning = prop::sample::select(BEGINNINGS);
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..8);
    (beginning, pieces).prop_map(|(beginning, pieces)| format!("{beginning}{}", pieces.concat()))
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-cA-C][a-z0-9 ._~$-]{0,6}", "[éÉßжЖа-в]{1,3}", "\\PC{1,6}"]
        .prop_filter("only names", |name| windows_name(name).is_ok())
}

fn path() -> impl Strategy<Value = WindowsPath> {
    ("[A-D]", prop::collection::vec(name(), 0..5))
        .prop_filter_map("not NTFS's own", |(drive, names)| {
            WindowsPath::parse(&format!("{drive}:\\{}", names.join("\\"))).ok()
        })
}

/// Whether Windows can read the text in one way only, said differently than the parser does.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let on_drive = bytes.len() >= 3 && bytes[0].is_ascii_uppercase() && &bytes[1..3] == b":\\";
    let below = text.get(3..).unwrap_or_default();
    let forbidden = |character: char| character < ' ' || "<>:\"/|?*".contains(character);
    on_drive
        && !below.contains(forbidden)
        && (below.is_empty() || below.split('\\').all(is_plain_name))
}

fn is_plain_name(name: &str) -> bool {
    let last = name.chars().last();
    let length = name.encode_utf16().count();
    (1..=255).contains(&length) && !matches!(last, Some('.' | ' ')) && !is_reserved(name)
}

fn is_reserved(name: &str) -> bool {
    let base = name.to_uppercase();
    let base = base.split('.').next().unwrap_or_default().trim_end_matches(' ').to_owned();
    let ports = ["COM", "LPT"]
        .iter()
        .flat_map(|port| "123456789¹²³".chars().map(move |digit| format!("{port}{digit}")));
    let fixed = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].map(str::to_owned);
    fixed.into_iter().chain(ports).any(|reserved| reserved == base)
}

/// The canonical spelling, and nothing for what is refused.
fn spelling(text: &str) -> String {
    WindowsPath::parse(text).map_or_else(|_| String::new(), |path| path.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_taken_is_plain_and_canonical(text in hostile()) {
        if let Ok(path) = WindowsPath::parse(&text) {
            prop_assert!(is_plain(path.as_str()), "{:?} became {:?}", text, path);
            let shown = path.to_string();
            prop_assert_eq!(spelling(&shown), path.as_str());
            prop_assert_eq!(spelling(&path.verbatim()), path.as_str());
            let units: Vec<u16> = text.encode_utf16().collect();
            let again = WindowsPath::parse_utf16(&units).unwrap();
            prop_assert_eq!(again.as_str(), path.as_str());
        }
    }

    #[test]
    fn no_utf16_panics_or_is_taken_when_it_is_not_plain(
        beginning in prop::sample::select(BEGINNINGS),
        units in prop::collection::vec(prop_oneof![any::<u16>(), 0u16..0x80], 0..40),
    ) {
        let units: Vec<u16> = beginning.encode_utf16().chain(units).collect();
        match WindowsPath::parse_utf16(&units) {
            Ok(path) => {
                prop_assert!(String::from_utf16(&units).is_ok());
                prop_assert!(is_plain(path.as_str()), "{:?}", path);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn joining_never_leaves_the_folder(folder in path(), text in prop_oneof![hostile(), name()]) {
        if let Ok(below) = folder.join(&text) {
            prop_assert!(below.starts_with(&folder));
            prop_assert_eq!(below.strip_prefix(&folder), Some(text.as_str()));
            prop_assert_eq!(below.components().count(), folder.components().count() + 1);
            let parent = below.parent().expect("a folder above");
            prop_assert_eq!(parent.as_str(), folder.as_str());
            prop_assert_eq!(spelling(below.as_str()), below.as_str());
        }
        if !folder.is_root() {
            prop_assert_eq!(folder.join(&text).is_ok(), windows_name(&text).is_ok(), "{:?}", text);
        }
    }

    #[test]
    fn harmless_dresses_are_the_same_path(path in path(), dress in 0..6) {
        let text = path.as_str();
        let dressed = match dress {
            0 => text.replacen(&text[..1], &text[..1].to_lowercase(), 1),
            1 => text.replace('\\', "/"),
            2 => text.replace('\\', r"\\"),
            3 => text.replace('\\', r"\.\"),
            4 => format!("{text}\\"),
            _ => path.verbatim(),
        };
        prop_assert_eq!(spelling(&dressed), text, "{:?}", dressed);
    }

    #[test]
    fn hostile_dresses_are_refused(path in path(), name in name(), at in 0usize..5, dress in 0..20) {
        let text = path.as_str();
        let inside = |piece: &str| {
            let mut names: Vec<&str> = text[3..].split('\\').filter(|name| !name.is_empty()).collect();
            names.insert(at.min(names.len()), piece);
            format!("{}{}", &text[..3], names.join("\\"))
        };
        let dressed = match dress {
            0 => inside(".."),
            1 => inside(&format!("{name}.")),
            2 => inside(&format!("{name} ")),
            3 => inside(&format!("{name}:{name}")),
            4 => inside(&format!("{name}::$INDEX_ALLOCATION")),
            5 => inside("NUL"),
            6 => inside("con.txt"),
            7 => inside("Lpt1 .a"),
            8 => inside("com³"),
            9 => inside("ABCDEF~1"),
            10 => inside(&format!("{name}\0")),
            11 => inside(&format!("{name}*")),
            12 => text[2..].to_owned(),
            13 => text[3..].to_owned(),
            14 => text.replacen('\\', "", 1),
            15 => format!(r"\\.\{text}"),
            16 => format!(r"\??\{text}"),
            17 => format!(r"\\?\UNC\{}", &text[3..]),
            18 => format!(r"\\{name}{}", &text[2..]),
            _ => path.verbatim().replacen(r"\\?\", "//?/", 1),
        };
        prop_assert_eq!(spelling(&dressed), "", "{:?}", dressed);
    }

    #[test]
    fn equal_means_the_same_folder_hash_and_place(one in path(), other in path(), change in any::<bool>()) {
        let raised = WindowsPath::parse(&one.as_str().to_ascii_uppercase());
        let other = if change { raised.unwrap_or(other) } else { other };
        let both_ways = one.starts_with(&other) && other.starts_with(&one);
        prop_assert_eq!(one == other, both_ways);
        prop_assert_eq!(one == other, one.cmp(&other).is_eq());
        let state = RandomState::new();
        prop_assert!(one != other || state.hash_one(&one) == state.hash_one(&other));
        let names = one.components().zip(other.components()).all(|(a, b)| same_windows_name(a, b));
        let as_long = one.components().count() == other.components().count();
        prop_assert_eq!(one == other, one.drive() == other.drive() && as_long && names);
    }

    #[test]
    fn what_follows_a_folder_leads_back(path in path(), folder in path(), up in 0usize..5) {
        let mut above = path.clone();
        for _ in 0..up {
            above = above.parent().unwrap_or(above);
        }
        for folder in [above, folder] {
            let Some(rest) = path.strip_prefix(&folder) else { continue };
            let names = rest.split('\\').filter(|name| !name.is_empty());
            let back = names.fold(folder, |at, name| at.join(name).expect("a name of a path"));
            prop_assert_eq!(&back, &path);
        }
    }
}

/// A second opinion: what Windows itself makes of the text that was taken.
#[cfg(windows)]
mod on_windows {
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn windows_reads_what_is_taken_in_the_same_way(text in prop_oneof![hostile(), path().prop_map(|path| path.to_string())]) {
            let ours = spelling(&text);
            if !ours.is_empty() {
                let theirs = std::path::absolute(&text).expect("a path").into_os_string();
                let theirs = theirs.into_string().expect("Unicode");
                let theirs = theirs.strip_prefix(r"\\?\").unwrap_or(&theirs);
                let (drive, below) = theirs.split_at(1);
                let theirs = format!("{}{}", drive.to_uppercase(), below);
                let theirs = if theirs.len() > 3 { theirs.trim_end_matches('\\') } else { &theirs };
                prop_assert_eq!(theirs, ours, "{:?}", text);
            }
        }
    }
}
