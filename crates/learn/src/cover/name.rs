//! What in a name varies from one run to the next.
//!
//! | part | looks like | stands alone |
//! | --- | --- | --- |
//! | version | `1.2.3`, `v2` | no |
//! | date | `2026-11-29`, `20261129` | no |
//! | number | `1`, `0042`, as a whole word | no |
//! | hash | 7 or more hexadecimal digits, letters and figures among them | from 16 on |
//! | UUID | `8-4-4-4-12` hexadecimal digits | yes |
//! | random | 6 or more letters and figures behind `tmp` or `temp`; or small and capital letters and figures mixed | behind `tmp` |
//!
//! A part is a whole word: what stands beside it is no letter and no figure. What stands alone is
//! taken to vary though it was seen once; of the others several have to be seen.

/// How a part of a name varies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Varies {
    Version,
    Date,
    Number,
    Hash,
    Random,
}

impl Varies {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Varies::Version => "a version",
            Varies::Date => "a date",
            Varies::Number => "a number",
            Varies::Hash => "a hash",
            Varies::Random => "a random part",
        }
    }
}

/// A part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// What stays.
    Text(String),
    /// What may vary, as it was seen.
    Seen(Token),
    /// What varies.
    Any(Varies, &'static str),
}

/// What may vary, as it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) varies: Varies,
    pub(crate) text: String,
    /// What stands for it in a pattern.
    pub(crate) wildcard: &'static str,
    /// Whether seeing one is enough.
    pub(crate) alone: bool,
}

/// Shortest hash that is not a word by chance, and shortest that is not one by any.
const HASH: usize = 7;
const LONG_HASH: usize = 16;
/// Figures and letters that a hash must have at least to stand alone.
const MIXED: usize = 3;
/// Shortest random part.
const RANDOM: usize = 6;
/// Longest number: more digits than any counter has.
const LONGEST_NUMBER: usize = 20;

/// The parts of a name, in their order; together they are the name. A name with what patterns give
/// another meaning has one part.
pub(crate) fn pieces(name: &str) -> Vec<Piece> {
    if name.contains(['*', '?', '[', ']', '{', '}', '!', '\\']) {
        return vec![Piece::Text(name.to_owned())];
    }
    let mut found = Vec::new();
    let (mut text, mut rest, mut inside) = (String::new(), name, false);
    while let Some(character) = rest.chars().next() {
        let token = if inside { None } else { token(&text, rest) };
        if let Some((kept, token)) = token {
            text.push_str(kept);
            rest = rest.get(kept.len() + token.text.len()..).unwrap_or_default();
            if !text.is_empty() {
                found.push(Piece::Text(std::mem::take(&mut text)));
            }
            found.push(Piece::Seen(token));
            inside = true;
        } else {
            text.push(character);
            inside = is_word(character);
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    if !text.is_empty() {
        found.push(Piece::Text(text));
    }
    found
}

/// The part that a word begins with, and what of the word is kept before it.
fn token<'a>(before: &str, rest: &'a str) -> Option<(&'a str, Token)> {
    let word = rest.split(|character| !is_word(character)).next().unwrap_or_default();
    if let Some(text) = uuid(rest) {
        return Some(seen(Varies::Hash, text, "*-*-*-*-*", true));
    }
    if let Some((text, wildcard)) = date(rest) {
        return Some(seen(Varies::Date, text, wildcard, false));
    }
    if let Some(text) = version(rest) {
        let wildcard = if text.starts_with('v') { "v*" } else { "*" };
        return Some(seen(Varies::Version, text, wildcard, false));
    }
    if let Some((kept, text)) = temporary(before, word) {
        return Some((kept, seen(Varies::Random, text, "*", true).1));
    }
    if is_hash(word) {
        return Some(seen(Varies::Hash, word, "*", stands_alone(word)));
    }
    if !word.is_empty() && word.len() <= LONGEST_NUMBER && word.bytes().all(|b| b.is_ascii_digit())
    {
        return Some(seen(Varies::Number, word, "*", false));
    }
    (word.len() >= RANDOM && is_mixed(word)).then(|| seen(Varies::Random, word, "*", false))
}

fn seen(varies: Varies, text: &str, wildcard: &'static str, alone: bool) -> (&'static str, Token) {
    ("", Token { varies, text: text.to_owned(), wildcard, alone })
}

/// Letters and figures of any script.
fn is_word(character: char) -> bool {
    character.is_alphanumeric()
}

/// The beginning of this many bytes, if a word ends there.
fn whole(rest: &str, length: usize) -> Option<&str> {
    let (text, after) = rest.split_at_checked(length)?;
    (!text.is_empty() && !after.starts_with(is_word)).then_some(text)
}

fn uuid(rest: &str) -> Option<&str> {
    let text = whole(rest, 36)?;
    let mut groups = text.split('-');
    let fits = [8, 4, 4, 4, 12].iter().all(|length| {
        groups.next().is_some_and(|group| {
            group.len() == *length && group.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    });
    fits.then_some(text)
}

/// A day, with what stands for one.
fn date(rest: &str) -> Option<(&str, &'static str)> {
    let parts = |text: &str, year: [usize; 2], month: [usize; 2], day: [usize; 2]| {
        let number = |[from, to]: [usize; 2]| {
            let digits = text.get(from..to)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?.parse::<u32>().ok()
        };
        let fits =
            |part: Option<u32>, least, most| part.is_some_and(|n| (least..=most).contains(&n));
        fits(number(year), 1900, 2199) && fits(number(month), 1, 12) && fits(number(day), 1, 31)
    };
    let long = whole(rest, 10).filter(|text| parts(text, [0, 4], [5, 7], [8, 10]));
    if let Some(text) = long {
        let wildcard = match (text.as_bytes().get(4), text.as_bytes().get(7)) {
            (Some(b'-'), Some(b'-')) => "????-??-??",
            (Some(b'_'), Some(b'_')) => "????_??_??",
            (Some(b'.'), Some(b'.')) => "????.??.??",
            _ => return None,
        };
        return Some((text, wildcard));
    }
    let short = whole(rest, 8).filter(|text| parts(text, [0, 4], [4, 6], [6, 8]));
    short.map(|text| (text, "????????"))
}

/// Numbers joined by points, or `v` with at least one.
fn version(rest: &str) -> Option<&str> {
    let digits = rest.strip_prefix('v').unwrap_or(rest);
    let length = digits
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(digits.len());
    let numbers = digits.get(..length)?.trim_end_matches('.');
    let count = numbers.split('.').count();
    let plain = numbers.split('.').all(|number| !number.is_empty());
    let enough = count >= 2 || digits.len() < rest.len();
    whole(rest, rest.len() - digits.len() + numbers.len()).filter(|_| plain && enough)
}

/// What `mktemp` and its like have put behind `tmp`, and what of the word stands before it.
fn temporary<'a>(before: &str, word: &'a str) -> Option<(&'a str, &'a str)> {
    let parted = before.strip_suffix(['.', '-', '_']).unwrap_or_default().to_ascii_lowercase();
    let behind = ["tmp", "temp"].iter().any(|prefix| parted.ends_with(prefix));
    let kept = ["tmp", "temp", "Tmp", "Temp"].into_iter().find(|kept| word.starts_with(kept));
    let split = if behind { 0 } else { kept?.len() };
    let (kept, text) = word.split_at_checked(split)?;
    let random =
        text.len() >= RANDOM && text.is_ascii() && (has_digit(text) || has_both_cases(text));
    random.then_some((kept, text))
}

fn is_hash(word: &str) -> bool {
    let hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let letters = word.bytes().any(|byte| byte.is_ascii_alphabetic());
    word.len() >= HASH && hexadecimal && letters && has_digit(word) && !has_both_cases(word)
}

fn stands_alone(hash: &str) -> bool {
    let digits = hash.bytes().filter(u8::is_ascii_digit).count();
    hash.len() >= LONG_HASH && digits >= MIXED && hash.len() - digits >= MIXED
}

fn is_mixed(word: &str) -> bool {
    word.is_ascii() && has_digit(word) && has_both_cases(word)
}

fn has_digit(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_digit())
}

fn has_both_cases(word: &str) -> bool {
    word.bytes().any(|byte| byte.is_ascii_lowercase())
        && word.bytes().any(|byte| byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Parts that may vary stand in `<>`, those that stand alone in `<<>>`.
    fn shown(name: &str) -> String {
        let piece = |piece: Piece| match piece {
            Piece::Text(text) => text,
            Piece::Seen(token) if token.alone => format!("<<{}>>", token.text),
            Piece::Seen(token) => format!("<{}>", token.text),
            Piece::Any(_, wildcard) => wildcard.to_owned(),
        };
        pieces(name).into_iter().map(piece).collect()
    }

    #[test]
    fn what_varies_is_found() {
        for (name, expect) in [
            ("report.txt", "report.txt"),
            ("app-1.2.3.tar.gz", "app-<1.2.3>.tar.gz"),
            ("node-v18.2.0-linux", "node-<v18.2.0>-linux"),
            ("v2", "<v2>"),
            ("v", "v"),
            ("libc.so.6", "libc.so.<6>"),
            ("1.2.3b1", "<1>.<2>.3b1"),
            ("1..2", "<1>..<2>"),
            ("log.1", "log.<1>"),
            ("log1", "log1"),
            ("0042_out", "<0042>_out"),
            ("2026-11-29.log", "<2026-11-29>.log"),
            ("backup_20261129", "backup_<20261129>"),
            ("2026-13-40", "<2026>-<13>-<40>"),
            ("20261340", "<20261340>"),
            ("3fa9c1e", "<3fa9c1e>"),
            ("3fa9c1", "3fa9c1"),
            ("deadbeef", "deadbeef"),
            ("deadbeef1", "<deadbeef1>"),
            ("3fa9c1e2b4d5a6f7", "<<3fa9c1e2b4d5a6f7>>"),
            ("aaaaaaaaaaaaaaa1", "<aaaaaaaaaaaaaaa1>"),
            ("lib-3fa9c1e2b4d5a6f7.rlib", "lib-<<3fa9c1e2b4d5a6f7>>.rlib"),
            ("b3a1f3f0-1c2d-4e5f-8a9b-0c1d2e3f4a5b", "<<b3a1f3f0-1c2d-4e5f-8a9b-0c1d2e3f4a5b>>"),
            ("tmp.Xy12Zq", "tmp.<<Xy12Zq>>"),
            ("tmp.backup", "tmp.backup"),
            ("tmpk3j2hx9q", "tmp<<k3j2hx9q>>"),
            ("template1", "template1"),
            ("temperature", "temperature"),
            ("session-aB3dE5gH", "session-<aB3dE5gH>"),
            ("README2Linux", "<README2Linux>"),
            ("a*1", "a*1"),
            ("a?.1", "a?.1"),
            ("größe1", "größe1"),
            ("größe.1", "größe.<1>"),
            ("世界-3", "世界-<3>"),
            ("123456789012345678901", "123456789012345678901"),
        ] {
            assert_eq!(shown(name), expect, "{name}");
        }
    }

    proptest! {
        #[test]
        fn the_parts_are_the_name(name in "[a-zA-Z0-9._é世*-]{0,40}") {
            let whole: String = pieces(&name)
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text,
                    Piece::Seen(token) => token.text,
                    Piece::Any(..) => unreachable!("nothing is wild yet"),
                })
                .collect();
            prop_assert_eq!(whole, name);
        }

        #[test]
        fn any_text_is_taken(name in any::<String>()) {
            pieces(&name);
        }
    }
}
