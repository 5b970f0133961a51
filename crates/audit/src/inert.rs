//! JSON that a terminal shows as it is.

use std::io;

use serde_json::ser::Formatter;

/// Compact JSON that writes, beyond what JSON asks for, every character that could act on a
/// terminal or hide text as a `\u` escape, so that `cat` of the log is harmless.
pub(crate) struct Inert;

impl Formatter for Inert {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let is_plain = |byte: u8| byte.is_ascii() && byte != 0x7f;
        if fragment.bytes().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut plain = 0;
        for (at, character) in fragment.char_indices() {
            if acts_or_hides(character) {
                let end = at + character.len_utf8();
                writer.write_all(fragment.as_bytes().get(plain..at).unwrap_or_default())?;
                write_escape(writer, character)?;
                plain = end;
            }
        }
        writer.write_all(fragment.as_bytes().get(plain..).unwrap_or_default())
    }
}

/// A value in that form. One that cannot be written, of which this crate has none, is `null`.
pub(crate) fn to_json(value: &impl serde::Serialize) -> String {
    let mut out = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut out, Inert));
    let text = written.ok().and_then(|()| String::from_utf8(out).ok());
    text.unwrap_or_else(|| "null".to_owned())
}

fn write_escape<W: ?Sized + io::Write>(writer: &mut W, character: char) -> io::Result<()> {
    let mut units = [0u16; 2];
    for unit in character.encode_utf16(&mut units) {
        write!(writer, "\\u{unit:04x}")?;
    }
    Ok(())
}

/// But for C0, which JSON escapes by itself. Same list as `aether-source` uses for messages, written
/// again because a verifier of logs should need nothing else of Aether.
pub(crate) fn acts_or_hides(character: char) -> bool {
    matches!(
        character,
        '\u{7f}'..='\u{9f}'            // delete and the C1 controls, among them CSI
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
    use serde::Serialize;

    use super::*;

    fn check(input: &str, expect: &str) {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, Inert);
        input.serialize(&mut serializer).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert_eq!(json, expect);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), input, "nothing is lost");
    }

    #[test]
    fn what_is_seen_stays_and_what_is_not_is_escaped() {
        check("plain \"quoted\" \\", r#""plain \"quoted\" \\""#);
        check("Grüße 世界 🦀", "\"Grüße 世界 🦀\"");
        check("\x1b[31m\n\0", r#""\u001b[31m\n\u0000""#);
        check("a\u{7f}\u{9b}2J", r#""a\u007f\u009b2J""#);
        check("\u{202e}é\u{200b}x\u{feff}", r#""\u202eé\u200bx\ufeff""#);
        check("tag\u{e0041}!", r#""tag\udb40\udc41!""#);
    }
}
