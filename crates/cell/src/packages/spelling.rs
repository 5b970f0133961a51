//! How the paths in specifiers and in `package.json` files may be spelt.

use super::Refused;
use super::path::MODULES;
use super::problem::{INVALID_SPECIFIER, shown};
use super::search::PATH_BYTES;

/// Whether a path names a folder by the way it ends.
pub(super) fn is_folder(path: &str) -> bool {
    matches!(path.rsplit('/').next(), Some("" | "." | ".."))
}

/// Refuses what Node would decode or cut off, as it takes such a path for a URL. Nothing is decoded
/// here, so that a file has one name.
pub(super) fn literal(part: &str) -> Result<(), Refused> {
    let reason = match part.chars().find(|c| matches!(c, '%' | '?' | '#' | '\\' | '\0')) {
        None => return Ok(()),
        Some('%') => "is percent-encoded; write the file's name as it is",
        Some('?' | '#') => "has a query or fragment; a bundle has files only",
        Some(_) => "has a backslash or a NUL; paths in a bundle are written with `/`",
    };
    Err(Refused::new(INVALID_SPECIFIER, format!("`{}` {reason}", shown(part))))
}

/// A target with every `*` replaced; `None` when it gets longer than any path.
pub(super) fn filled(target: &str, star: Option<&str>) -> Option<String> {
    let Some(star) = star else { return Some(target.to_owned()) };
    let stars = target.bytes().filter(|byte| *byte == b'*').count();
    let length = stars.checked_mul(star.len())?.checked_add(target.len() - stars)?;
    (length <= PATH_BYTES).then(|| target.replace('*', star))
}

/// Whether a part of a path is empty, `.`, `..` or `node_modules`, also percent-encoded, which Node
/// refuses in targets whatever its case.
pub(super) fn is_reserved(part: &str) -> bool {
    let names = ["", ".", "..", MODULES];
    names.iter().any(|name| encodes(part.as_bytes(), name.as_bytes()))
}

/// Whether a part of a path is a name, with any of its characters percent-encoded.
fn encodes(mut part: &[u8], name: &[u8]) -> bool {
    for expected in name {
        let (byte, after) = match part {
            [b'%', high, low, after @ ..] => (encoded(*high, *low), after),
            [byte, after @ ..] => (Some(*byte), after),
            [] => return false,
        };
        if !byte.is_some_and(|byte| byte.eq_ignore_ascii_case(expected)) {
            return false;
        }
        part = after;
    }
    part.is_empty()
}

fn encoded(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Whether a target is a URL, as far as one can be told from a package's name.
pub(super) fn is_url(target: &str) -> bool {
    let Some((scheme, _)) = target.split_once(':') else { return false };
    scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// Whether JavaScript takes a key for the index of a list, which reorders it.
pub(super) fn is_index(key: &str) -> bool {
    key.len() <= 10
        && key.parse::<u32>().is_ok_and(|index| index != u32::MAX && index.to_string() == key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_parts_are_known_in_every_spelling() {
        for part in ["", ".", "..", "node_modules", "Node_Modules", "%2e", "%2E.", ".%2e"] {
            assert!(is_reserved(part), "{part}");
        }
        assert!(
            is_reserved("%6e%6f%64%65%5f%6d%6f%64%75%6c%65%73") && is_reserved("%4eode_modules")
        );
        for part in ["...", "a", "node_modules2", "%2", "%", "%2g", "%252e", "%2e%2e%2e", ".a", "é"]
        {
            assert!(!is_reserved(part), "{part}");
        }
    }

    #[test]
    fn what_node_would_decode_is_refused() {
        assert_eq!(literal("lib/a b.js"), Ok(()));
        for (part, expect) in [
            ("a%2fb", "percent-encoded"),
            ("a%20b", "percent-encoded"),
            ("a.js?x", "query"),
            ("a.js#x", "query"),
            (r"a\b", "backslash"),
            ("a\0", "NUL"),
        ] {
            let refused = literal(part).unwrap_err();
            assert_eq!(refused.code, INVALID_SPECIFIER);
            assert!(refused.message.contains(expect), "{refused}");
        }
    }

    #[test]
    fn a_star_stands_for_the_same_everywhere() {
        assert_eq!(filled("a", None), Some("a".into()));
        assert_eq!(filled("*/*.js", Some("x")), Some("x/x.js".into()));
        assert_eq!(filled(&"*".repeat(PATH_BYTES), Some("x")), Some("x".repeat(PATH_BYTES)));
        assert_eq!(filled(&"*".repeat(PATH_BYTES), Some("xy")), None);
    }

    #[test]
    fn urls_and_indices_are_told_from_names() {
        assert!(is_url("node:fs") && is_url("https://example.org/a") && is_url("a+b:"));
        assert!(!is_url("a") && !is_url("@a/b:c") && !is_url("1:") && !is_url(":"));
        assert!(is_index("0") && is_index("42") && is_index("4294967294"));
        for key in ["", "00", "+1", "-1", "1.0", "4294967295", "99999999999", "a", "\u{0661}"] {
            assert!(!is_index(key), "{key}");
        }
    }

    #[test]
    fn folders_are_known_by_their_end() {
        assert!(is_folder("a/") && is_folder(".") && is_folder("a/..") && is_folder(""));
        assert!(!is_folder("a") && !is_folder("a/b.") && !is_folder("..."));
    }
}
