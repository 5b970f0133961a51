//! The words of a program that are no part of a comment, string, template or regular expression.

use super::cursor::{Cursor, TemplateEnd, is_word};

/// A word: a name, keyword or number.
pub(super) struct Word<'s> {
    pub(super) text: &'s str,
    /// Whether a point comes before it.
    pub(super) property: bool,
    /// Whether no bracket is open around it.
    pub(super) top: bool,
}

/// Reads a program token by token.
pub(super) struct Tokens<'s> {
    cursor: Cursor<'s>,
    open: Vec<Open>,
    last: Last<'s>,
    /// Whether the next brace is a class's.
    class: bool,
}

/// An open bracket. Square ones do not matter.
#[derive(Clone, Copy)]
enum Open {
    /// Whether it is that of an `if`, `for` or `while`.
    Paren { head: bool },
    /// Whether a statement can follow when it is closed.
    Brace { statement: bool },
    /// `${`
    Template,
}

/// The token before, as far as it says whether a `/` divides or begins a regular expression.
#[derive(Clone, Copy)]
enum Last<'s> {
    Start,
    Word {
        text: &'s str,
        property: bool,
    },
    /// A string, number and so on; also `]`, `++` and `--`.
    Operand,
    Paren {
        head: bool,
    },
    Brace {
        statement: bool,
    },
    Arrow,
    Mark(u8),
}

/// Keywords that an expression follows.
const BEFORE_EXPRESSIONS: &[&str] = &[
    "await",
    "case",
    "debugger",
    "delete",
    "do",
    "else",
    "in",
    "instanceof",
    "new",
    "return",
    "throw",
    "typeof",
    "void",
    "yield",
];

impl<'s> Tokens<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        let mut cursor = Cursor::new(source.strip_prefix('\u{feff}').unwrap_or(source));
        if cursor.bytes().starts_with(b"#!") {
            let line = cursor.bytes().iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            cursor.skip(line.unwrap_or(cursor.bytes().len()));
        }
        Self { cursor, open: Vec::new(), last: Last::Start, class: false }
    }

    /// The place after the last word.
    pub(super) fn cursor(&self) -> Cursor<'s> {
        self.cursor
    }

    /// The next word; `None` at the end, and where the text cannot be a program.
    pub(super) fn next_word(&mut self) -> Option<Word<'s>> {
        loop {
            self.cursor.blank();
            if self.cursor.is_end() {
                return None;
            }
            if self.cursor.rest().starts_with(is_word) {
                if let Some(word) = self.word() {
                    return Some(word);
                }
            } else {
                self.last = self.mark()?;
            }
        }
    }

    /// The word here, or none for a number.
    fn word(&mut self) -> Option<Word<'s>> {
        let property = matches!(self.last, Last::Mark(b'.'));
        let text = self.cursor.word();
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            while self.cursor.byte() == b'.' {
                self.cursor.skip(1);
                self.cursor.word();
            }
            self.last = Last::Operand;
            return None;
        }
        self.class |= text == "class" && !property;
        self.last = Last::Word { text, property };
        Some(Word { text, property, top: self.open.is_empty() })
    }

    /// Passes by any other token.
    fn mark(&mut self) -> Option<Last<'s>> {
        let last = self.last;
        match self.cursor.bytes() {
            [b'"' | b'\'', ..] => {
                self.cursor.string()?;
                return Some(Last::Operand);
            }
            [b'/', ..] if last.takes_regex() => {
                self.cursor.regex()?;
                return Some(Last::Operand);
            }
            [b'+', b'+', ..] | [b'-', b'-', ..] => {
                self.cursor.skip(2);
                return Some(Last::Operand);
            }
            [b'=', b'>', ..] => {
                self.cursor.skip(2);
                return Some(Last::Arrow);
            }
            _ => {}
        }
        let byte = self.cursor.byte();
        self.cursor.skip(1);
        match byte {
            b'`' => return self.template(),
            b']' => return Some(Last::Operand),
            b'(' => self.open.push(Open::Paren { head: last.is_head() }),
            b'{' => {
                let statement = last.ends_statement() || self.class;
                self.class = false;
                self.open.push(Open::Brace { statement });
            }
            b')' => match self.open.pop()? {
                Open::Paren { head } => return Some(Last::Paren { head }),
                Open::Brace { .. } => return Some(Last::Paren { head: false }),
                Open::Template => return None,
            },
            b'}' => match self.open.pop()? {
                Open::Paren { .. } => return Some(Last::Brace { statement: false }),
                Open::Brace { statement } => return Some(Last::Brace { statement }),
                Open::Template => return self.template(),
            },
            _ => {}
        }
        Some(Last::Mark(byte))
    }

    fn template(&mut self) -> Option<Last<'s>> {
        match self.cursor.template()? {
            TemplateEnd::Closed => Some(Last::Operand),
            TemplateEnd::Opened => {
                self.open.push(Open::Template);
                Some(Last::Mark(b'{'))
            }
        }
    }
}

impl Last<'_> {
    /// Whether a `/` that follows begins a regular expression.
    fn takes_regex(self) -> bool {
        match self {
            Self::Word { text, property } => !property && BEFORE_EXPRESSIONS.contains(&text),
            Self::Operand => false,
            Self::Paren { head } => head,
            Self::Brace { statement } => statement,
            Self::Start | Self::Arrow | Self::Mark(_) => true,
        }
    }

    /// Whether a `(` that follows is that of a statement, which another follows.
    fn is_head(self) -> bool {
        matches!(self, Self::Word { text: "if" | "for" | "while", property: false })
    }

    /// Whether a `{` that follows begins a block and no object.
    fn ends_statement(self) -> bool {
        matches!(
            self,
            Self::Arrow
                | Self::Paren { .. }
                | Self::Mark(b';')
                | Self::Word { text: "catch" | "finally" | "else", property: false }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a text, with `.` before properties and `^` before those at the top.
    #[track_caller]
    fn check(text: &str, expect: &str) {
        let mut tokens = Tokens::new(text);
        let words = std::iter::from_fn(|| tokens.next_word()).map(|word| {
            let point = if word.property { "." } else { "" };
            let top = if word.top { "^" } else { "" };
            format!("{top}{point}{}", word.text)
        });
        assert_eq!(words.collect::<Vec<_>>().join(" "), expect, "{text}");
    }

    #[test]
    fn words_are_told_from_what_they_stand_in() {
        check("a.b . c /* d */ 'e' \"f\" `g`; /h/ i // j", "^a ^.b ^.c ^i");
        check("#! a ( {\nb", "^b");
        check("\u{feff}a", "^a");
        check("a(b{c}[d])e", "^a b c d ^e");
        check("5.e1 .a 0x1f.b 1..c .5 d", "^.a ^d");
        check("...a ?.b", "^.a ^.b");
        check("é\u{a0}ü a\\u0062 #c", "^é ^ü ^a\\u0062 ^#c");
    }

    #[test]
    fn templates_nest() {
        check("`a${b`c${d}e`}f`g", "b d ^g");
        check("`${{a:1}}b`c", "a ^c");
        check("`$`a`$b`c`{$}`d", "^a ^c ^d");
        check("`\\${a`b", "^b");
    }

    #[test]
    fn a_slash_divides_after_an_operand() {
        for text in [
            "a / b'",
            "1 / b'",
            "5. / b'",
            "'x' / b'",
            "`x` / b'",
            "(a) / b'",
            "x[0] / b'",
            "i++ / b'",
            "i-- / b'",
            "x = {} / b'",
            "a.return / b'",
            "this / b'",
            "/x/ / b'",
            "/x/g / b'",
        ] {
            // The string is not closed, and so ends the words.
            check_last(text, "b");
        }
    }

    #[test]
    fn a_slash_begins_a_regular_expression_where_an_expression_begins() {
        for text in [
            "/'/",
            "(/'/",
            "a = /'/",
            "a, /'/",
            "a ? /'/ : /'/",
            "!/'/",
            "return /'/",
            "typeof /'/",
            "a => /'/",
            "if (a) /'/",
            "while (a) /'/",
            "for (;;) /'/",
            "if (a) {} /'/",
            "; {} /'/",
            "try {} finally {} /'/",
            "x = () => {} /'/",
            "class A { b() {} } /'/",
            "a / /'/",
            "[/'/",
            "`${/'/}`",
            "else /'/",
            "a + +/'/",
            "case /'/",
            "/'[/']'/",
            r"/\/'/",
        ] {
            check_last(&format!("{text}; last"), "last");
        }
    }

    #[track_caller]
    fn check_last(text: &str, expect: &str) {
        let mut tokens = Tokens::new(text);
        let last = std::iter::from_fn(|| tokens.next_word()).last();
        assert_eq!(last.map(|word| word.text), Some(expect), "{text}");
    }

    #[test]
    fn what_is_no_program_ends_the_words() {
        check("a ) b", "^a");
        check("a } b", "^a");
        check("a 'b\n c", "^a");
        check("a = /b\n/ c", "^a");
        check("a `b", "^a");
        check("a `${b) c", "^a b");
        check("a /* b", "^a");
        check("( a } b", "a ^b");
    }
}
