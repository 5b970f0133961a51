//! How NTFS ignores case.

/// Whether Windows, as it is by default, takes the two names for one.
///
/// Each character is turned into upper case by itself, by Unicode's simple mapping, as NTFS does
/// with a table that stands on each volume. That table is of the Windows that formatted the volume
/// and has fewer letters than today's Unicode, so some names are the same here and two files there:
/// `ı` and `I`, `ς` and `Σ`, `µ` and `μ`, and letters that got their capitals since. Of the tables of
/// Windows XP, Vista and 7 none makes one of two names that are two here.
///
/// Nothing is Unicode-normalised: neither does NTFS. In a folder that was made case-sensitive, names
/// that are the same here are different files.
pub fn same_windows_name(one: &str, other: &str) -> bool {
    one.chars().map(upper).eq(other.chars().map(upper))
}

/// The capital of a letter, always one character. NTFS knows no letters beyond U+FFFF: to it they
/// are two units without case.
pub(crate) fn upper(character: char) -> char {
    match character {
        '\u{10000}'.. => character,
        // Greek letters with an iota below them: the standard library only has the capital that
        // writes the iota as a second letter, and so would leave them as they are.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            moved(character, 8)
        }
        'ᾳ' | 'ῃ' | 'ῳ' => moved(character, 9),
        _ => single(character),
    }
}

fn moved(character: char, by: u32) -> char {
    char::from_u32(u32::from(character) + by).unwrap_or(character)
}

/// The capital where it is one character; the letter itself where it is several, as of `ß`.
fn single(character: char) -> char {
    let mut capital = character.to_uppercase();
    match (capital.next(), capital.next()) {
        (Some(capital), None) => capital,
        _ => character,
    }
}
