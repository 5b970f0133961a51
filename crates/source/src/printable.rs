//! Untrusted text made safe to show on one line.

use std::borrow::Cow;
use std::fmt::Write as _;

/// How many characters of an untrusted word [`quoted`] shows, so that a hostile file cannot fill
/// a screen with one message.
const MAX_QUOTED: usize = 80;

/// Escapes everything that would change how a line looks without being seen: C0 and C1 control
/// characters (so also ANSI sequences, tabs and line breaks), bidirectional controls, zero-width
/// and other invisible characters. Caps nothing. Applying it twice changes nothing more.
pub fn printable(untrusted: &str) -> Cow<'_, str> {
    if !untrusted.chars().any(is_deceptive) {
        return Cow::Borrowed(untrusted);
    }
    let mut out = String::with_capacity(untrusted.len() + 16);
    for character in untrusted.chars() {
        push(&mut out, character);
    }
    Cow::Owned(out)
}

/// JSON in which every character is seen as what it is: what acts on a terminal or hides text is written
/// as an escape, which JSON reads as the same text. Such characters stand in strings only, but for the
/// line ends between values, which stay.
pub fn inert_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for character in json.chars() {
        if character != '\n' && is_deceptive(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(character);
        }
    }
    out
}

/// An untrusted word for use inside a message: printable, cut after 80 characters, in backticks.
pub fn quoted(untrusted: &str) -> String {
    let mut out = String::from("`");
    for (index, character) in untrusted.chars().enumerate() {
        if index == MAX_QUOTED {
            out.push('…');
            break;
        }
        push(&mut out, character);
    }
    out.push('`');
    out
}

fn push(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other if is_deceptive(other) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(other));
        }
        other => out.push(other),
    }
}

fn is_deceptive(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    matches!(
        character,
        '\u{80}'..='\u{9f}'            // C1 controls, among them CSI
        | '\u{ad}'                     // soft hyphen
        | '\u{34f}'                    // combining grapheme joiner
        | '\u{61c}'                    // Arabic letter mark
        | '\u{115f}' | '\u{1160}'      // Hangul fillers
        | '\u{17b4}' | '\u{17b5}'      // invisible Khmer vowels
        | '\u{180b}'..='\u{180f}'      // Mongolian selectors and vowel separator
        | '\u{200b}'..='\u{200f}'      // zero-width space and joiners, direction marks
        | '\u{2028}'..='\u{202e}'      // line and paragraph separator, embeddings, overrides
        | '\u{2060}'..='\u{206f}'      // word joiner, invisible operators, isolates
        | '\u{3164}' | '\u{ffa0}'      // Hangul fillers
        | '\u{fe00}'..='\u{fe0f}'      // variation selectors
        | '\u{feff}'                   // zero-width no-break space
        | '\u{fff0}'..='\u{fffb}'      // interlinear annotation and its neighbours
        | '\u{1bca0}'..='\u{1bca3}'    // shorthand format controls
        | '\u{1d173}'..='\u{1d17a}'    // musical format controls
        | '\u{e0000}'..='\u{e0fff}'    // tags and further variation selectors
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn check(input: &str, expect: &str) {
        assert_eq!(printable(input), expect);
        assert_eq!(printable(expect), expect, "a second pass must change nothing");
    }

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["", "plain", "Grüße, 世界 🦀", "back\\slash `tick` \"quote\""] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        check("a\nb\tc\rd", "a\\nb\\tc\\rd");
        check("\x1b[31mred\x07", "\\u{1b}[31mred\\u{7}");
        check("\u{9b}2J\x7f", "\\u{9b}2J\\u{7f}");
        check("user\u{202e}nimda", "user\\u{202e}nimda");
        check("a\u{200b}b\u{feff}c\u{2066}d\u{ad}", "a\\u{200b}b\\u{feff}c\\u{2066}d\\u{ad}");
        check("tag\u{e0041}", "tag\\u{e0041}");
    }

    #[test]
    fn inert_json_keeps_what_can_be_seen() {
        let value = json!({ "\u{9b}31m": ["\u{202e}", "\u{1b}", "\u{e0001}", "Grüße 🦀"] });
        let inert = inert_json(&value.to_string());
        assert_eq!(printable(&inert), inert);
        assert!(inert.contains("Grüße 🦀"), "{inert}");
        assert_eq!(serde_json::from_str::<Value>(&inert).unwrap(), value);
    }

    proptest! {
        #[test]
        fn inert_json_means_the_same(words in proptest::collection::vec(any::<String>(), 0..8)) {
            let value = json!({ "words": words, "\u{202e}\u{7f}": "\u{1b}[2J\u{e0001}" });
            let text = inert_json(&value.to_string());
            let shown = printable(&text);
            prop_assert_eq!(shown.as_ref(), text.as_str());
            prop_assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
        }
    }

    #[test]
    fn quoted_is_short() {
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        let long = quoted(&"x".repeat(5000));
        assert_eq!(long.chars().count(), MAX_QUOTED + 3);
    }
}
