//! Where things are in a text, and what stands between tokens.

/// A position as people and engines name it: both begin at 1, and a column counts UTF-16 units.
pub(crate) fn place(source: &str, offset: usize) -> (u32, u32) {
    let before = source.get(..offset).unwrap_or(source);
    let (mut line, mut column) = (1, 1);
    let mut characters = before.chars().peekable();
    while let Some(character) = characters.next() {
        let half = character == '\r' && characters.peek() == Some(&'\n');
        if ends_line(character) && !half {
            (line, column) = (line + 1, 1);
        } else {
            column += character.len_utf16() as u32;
        }
    }
    (line, column)
}

/// Whether JavaScript begins a new line after it.
pub(crate) fn ends_line(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

/// Whether JavaScript sees nothing in it, the ends of lines apart.
pub(crate) fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\u{b}' | '\u{c}' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200b}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | '\u{feff}'
    )
}

/// What stands between two tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// Where the next token begins, or the text ends.
    pub(crate) end: usize,
    /// Whether a line ends in between, be it in a comment.
    pub(crate) newline: bool,
}

/// The spaces and comments from here on.
pub(crate) fn gap(source: &str, start: usize) -> Gap {
    let mut gap = Gap { end: start, newline: false };
    loop {
        let rest = source.get(gap.end..).unwrap_or_default();
        let Some(character) = rest.chars().next() else { return gap };
        if ends_line(character) {
            gap.newline = true;
            gap.end += character.len_utf8();
        } else if is_space(character) {
            gap.end += character.len_utf8();
        } else if rest.starts_with("//") {
            gap.end += line_length(rest);
        } else if rest.starts_with("/*") {
            let Some(length) = rest.get(2..).and_then(|body| body.find("*/")) else {
                return Gap { end: source.len(), ..gap };
            };
            let comment = &rest[..length + 4];
            gap.newline |= comment.contains(ends_line);
            gap.end += comment.len();
        } else {
            return gap;
        }
    }
}

/// How far the line goes, in bytes, without what ends it.
pub(crate) fn line_length(text: &str) -> usize {
    text.find(ends_line).unwrap_or(text.len())
}

/// The keyword that the text begins with, or what else stands in the place of one.
pub(crate) fn word(text: &str) -> &str {
    let ends = |character: char| match character {
        // A name with an escape in it is no keyword.
        '_' | '$' | '\\' => false,
        _ if character.is_ascii() => !character.is_ascii_alphanumeric(),
        _ => is_space(character) || ends_line(character),
    };
    text.split(ends).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_utf16_units() {
        let text = "a𝒳b\r\nc\rd\u{2028}e\u{2029}f\ng";
        for (part, expect) in [
            ("a", (1, 1)),
            ("𝒳", (1, 2)),
            ("b", (1, 4)),
            ("c", (2, 1)),
            ("d", (3, 1)),
            ("e", (4, 1)),
            ("f", (5, 1)),
            ("g", (6, 1)),
        ] {
            assert_eq!(place(text, text.find(part).unwrap()), expect, "{part}");
        }
        assert_eq!(place("ab", 2), (1, 3));
        assert_eq!(place("ab", 9), (1, 3));
    }

    #[test]
    fn gaps_are_spaces_and_comments() {
        let check = |text: &str, rest: &str, newline: bool| {
            let gap = gap(text, 0);
            assert_eq!((&text[gap.end..], gap.newline), (rest, newline), "{text:?}");
        };
        check("", "", false);
        check("a", "a", false);
        check(" \t\u{feff}a", "a", false);
        check("/* a */ b", "b", false);
        check("/* a\n */ b", "b", true);
        check("// a\n b", "b", true);
        check("// a\u{2028}b", "b", true);
        check("/**//***/b", "b", false);
        check("/*/ b", "", false);
        check("/ b", "/ b", false);
    }

    #[test]
    fn words_end_where_a_keyword_would() {
        for (text, expect) in [
            ("", ""),
            ("in b", "in"),
            ("in(b)", "in"),
            ("in\u{2028}b", "in"),
            ("ä$_1.b", "ä$_1"),
            ("(a", ""),
            (r"in\u0061b-", r"in\u0061b"),
            (r"in\u{61}", r"in\u"),
        ] {
            assert_eq!(word(text), expect);
        }
    }
}
