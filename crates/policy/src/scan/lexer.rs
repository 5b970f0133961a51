//! The lexer: text to tokens in one pass over the bytes, without recursion. Strings, templates,
//! comments and regular expressions are stepped over; what they hold is not code.
//!
//! Every byte is looked at a bounded number of times, whatever the text: a literal that has no end
//! stops at the line's (or the text's) end, and a `/` that proves to open no regular expression
//! settles the rest of its line as divisions.

use super::context::Context;
use super::token::{Kind, Token};

/// The most tokens one file may have: a flood of one-byte tokens would otherwise cost twelve times
/// its size.
pub const MAX_TOKENS: usize = 2_000_000;

/// A file's tokens.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) list: Vec<Token>,
    /// False when [`MAX_TOKENS`] ended the list early.
    pub(crate) complete: bool,
}

/// Splits JavaScript text into tokens. The text must be shorter than 4 GiB.
pub(crate) fn tokenize(text: &str) -> Tokens {
    let mut lexer = Lexer {
        text,
        at: 0,
        context: Context::new(),
        tokens: Vec::new(),
        newline: false,
        divisions_until: 0,
    };
    lexer.skip_hashbang();
    let complete = lexer.run();
    Tokens { list: lexer.tokens, complete }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    context: Context,
    tokens: Vec<Token>,
    newline: bool,
    /// Every `/` before this offset divides: a regular expression was looked for here and had no
    /// end.
    divisions_until: usize,
}

impl Lexer<'_> {
    /// Returns false when the cap on tokens ended it.
    fn run(&mut self) -> bool {
        loop {
            self.skip_blank();
            let Some(byte) = self.byte(0) else { return true };
            if self.tokens.len() >= MAX_TOKENS {
                return false;
            }
            self.token(byte);
            self.newline = false;
        }
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'"' | b'\'' => self.string(byte),
            b'`' => self.template(true),
            b'}' if self.context.closes_template() => {
                self.context.close_template();
                self.template(false);
            }
            b'0'..=b'9' => self.number(),
            b'.' if matches!(self.byte(1), Some(b'0'..=b'9')) => self.number(),
            b'#' => self.private(),
            b'/' if self.context.regex_allowed() && self.at >= self.divisions_until => self.regex(),
            _ if self.at_name() => self.name(),
            _ => self.punctuation(byte),
        }
    }

    fn string(&mut self, quote: u8) {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => {
                    escaped = true;
                    self.skip_escape();
                }
                b'\n' | b'\r' => break,
                _ if byte == quote => {
                    self.at += 1;
                    break;
                }
                _ => self.at += 1,
            }
        }
        let key = self.context.at_key(self.newline);
        self.push(Token::new(Kind::String).with_escape(escaped).with_key(key), start);
        self.context.literal();
    }

    /// A template from its backtick (`opening`) or from the `}` of a substitution, up to its end or
    /// the next `${`.
    fn template(&mut self, opening: bool) {
        let start = self.at;
        self.at += 1;
        let mut escaped = false;
        while let Some(byte) = self.byte(0) {
            match byte {
                b'\\' => {
                    escaped = true;
                    self.skip_escape();
                }
                b'`' => {
                    self.at += 1;
                    let kind = if opening { Kind::Template } else { Kind::TemplatePart };
                    self.push(Token::new(kind).with_escape(escaped), start);
                    return self.context.literal();
                }
                b'$' if self.byte(1) == Some(b'{') => {
                    self.at += 2;
                    self.push(Token::new(Kind::TemplatePart).with_escape(escaped), start);
                    return self.context.open_template();
                }
                _ => self.at += 1,
            }
        }
        self.push(Token::new(Kind::TemplatePart).with_escape(escaped), start);
        self.context.literal();
    }

    fn number(&mut self) {
        let start = self.at;
        let radix = matches!(self.byte(1), Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B'))
            && self.byte(0) == Some(b'0');
        if !radix {
            self.skip_while(|byte| byte.is_ascii_digit() || byte == b'_');
            if self.byte(0) == Some(b'.') {
                self.at += 1;
                self.skip_while(|byte| byte.is_ascii_digit() || byte == b'_');
            }
            let exponent = matches!(self.byte(0), Some(b'e' | b'E'));
            if exponent && matches!(self.byte(1), Some(b'+' | b'-')) {
                self.at += 2;
            }
        }
        self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        self.push(Token::new(Kind::Number), start);
        self.context.literal();
    }

    fn private(&mut self) {
        let start = self.at;
        self.at += 1;
        let escaped = self.skip_name();
        self.push(Token::new(Kind::Private).with_escape(escaped), start);
        self.context.literal();
    }

    fn name(&mut self) {
        let start = self.at;
        let escaped = self.skip_name();
        if self.at == start {
            self.at += 1;
        }
        let key = self.context.at_key(self.newline);
        let word = if escaped { "" } else { self.text.get(start..self.at).unwrap_or_default() };
        self.context.name(word, key);
        self.push(Token::new(Kind::Name).with_escape(escaped).with_key(key), start);
    }

    fn regex(&mut self) {
        match regex_end(self.text.as_bytes(), self.at) {
            Ok(end) => {
                let start = self.at;
                self.at = end;
                self.skip_name();
                self.push(Token::new(Kind::Regex), start);
                self.context.literal();
            }
            Err(line_end) => {
                self.divisions_until = line_end;
                self.punctuation(b'/');
            }
        }
    }

    fn punctuation(&mut self, byte: u8) {
        let start = self.at;
        let (kind, length) = self.operator(byte);
        self.at += length;
        let token = self.push(Token::new(kind), start);
        self.context.punctuation(token);
    }

    fn operator(&self, byte: u8) -> (Kind, usize) {
        let next = self.byte(1);
        match byte {
            b'(' => (Kind::OpenParen, 1),
            b')' => (Kind::CloseParen, 1),
            b'[' => (Kind::OpenBracket, 1),
            b']' => (Kind::CloseBracket, 1),
            b'{' => (Kind::OpenBrace, 1),
            b'}' => (Kind::CloseBrace, 1),
            b',' => (Kind::Comma, 1),
            b';' => (Kind::Semicolon, 1),
            b':' => (Kind::Colon, 1),
            b'.' if next == Some(b'.') && self.byte(2) == Some(b'.') => (Kind::Other, 3),
            b'.' => (Kind::Dot, 1),
            b'?' if next == Some(b'.') && !matches!(self.byte(2), Some(b'0'..=b'9')) => {
                (Kind::OptionalDot, 2)
            }
            b'?' if next == Some(b'?') => (Kind::Other, 2),
            b'?' => (Kind::Question, 1),
            b'=' if next == Some(b'>') => (Kind::Arrow, 2),
            b'=' if next == Some(b'=') => (Kind::Other, 2),
            b'=' => (Kind::Assign, 1),
            b'*' if next == Some(b'*') => (Kind::Other, 2),
            b'*' => (Kind::Star, 1),
            b'+' | b'-' if next == Some(byte) => (Kind::Step, 2),
            b'!' | b'<' | b'>' | b'+' | b'-' | b'/' | b'%' | b'&' | b'|' | b'^'
                if next == Some(b'=') =>
            {
                (Kind::Other, 2)
            }
            b'&' | b'|' if next == Some(byte) => (Kind::Other, 2),
            // `<<` and `>>` stay two: in types each opens or closes a list.
            b'<' => (Kind::Less, 1),
            b'>' => (Kind::Greater, 1),
            b'!' => (Kind::Bang, 1),
            b'|' => (Kind::Bar, 1),
            b'&' => (Kind::Ampersand, 1),
            _ => (Kind::Other, 1),
        }
    }

    /// Fills in where the token stands and appends it.
    fn push(&mut self, token: Token, start: usize) -> Token {
        // The scan refuses texts beyond its cap, far below 4 GiB, before the lexer sees them.
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let token = token.with_place(offset(start), offset(self.at)).with_newline(self.newline);
        self.tokens.push(token);
        token
    }
}

impl Lexer<'_> {
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at.checked_add(ahead)?).copied()
    }

    fn character(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        while self.byte(0).is_some_and(&keep) {
            self.at += 1;
        }
    }

    /// Steps over a backslash and the character after it.
    fn skip_escape(&mut self) {
        self.at += 1;
        if let Some(escaped) = self.character() {
            self.at += escaped.len_utf8();
            if escaped == '\r' && self.byte(0) == Some(b'\n') {
                self.at += 1;
            }
        }
    }

    fn at_name(&self) -> bool {
        match self.byte(0) {
            Some(b'\\') => self.byte(1) == Some(b'u'),
            Some(byte) => {
                byte >= 0x80 || byte == b'$' || byte == b'_' || byte.is_ascii_alphabetic()
            }
            None => false,
        }
    }

    /// Steps over identifier characters; returns whether any was written as an escape. Any
    /// character outside ASCII that is no blank counts: which ones Unicode admits does not matter
    /// here.
    fn skip_name(&mut self) -> bool {
        let mut escaped = false;
        loop {
            match self.byte(0) {
                Some(b'\\') if self.byte(1) == Some(b'u') => {
                    escaped = true;
                    self.at += 2;
                    if self.byte(0) == Some(b'{') {
                        self.at += 1;
                        self.skip_while(|byte| byte.is_ascii_hexdigit());
                        self.at += usize::from(self.byte(0) == Some(b'}'));
                    }
                }
                Some(byte) if byte.is_ascii_alphanumeric() || byte == b'$' || byte == b'_' => {
                    self.at += 1
                }
                Some(byte) if byte >= 0x80 => match self.character() {
                    Some(character) if !is_blank(character) => self.at += character.len_utf8(),
                    _ => return escaped,
                },
                _ => return escaped,
            }
        }
    }

    fn skip_hashbang(&mut self) {
        if self.text.starts_with('\u{feff}') {
            self.at = '\u{feff}'.len_utf8();
        }
        if self.byte(0) == Some(b'#') && self.byte(1) == Some(b'!') {
            self.skip_line();
        }
    }

    fn skip_line(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += rest.find(is_line_end).unwrap_or(rest.len());
    }

    /// Steps over blanks and comments, noting line ends.
    fn skip_blank(&mut self) {
        loop {
            match self.byte(0) {
                Some(b'/') if self.byte(1) == Some(b'/') => self.skip_line(),
                Some(b'/') if self.byte(1) == Some(b'*') => self.skip_comment(),
                Some(b'\n' | b'\r') => {
                    self.newline = true;
                    self.at += 1;
                }
                Some(b' ' | b'\t' | 0x0b | 0x0c) => self.at += 1,
                Some(0x80..) => match self.character() {
                    Some(character) if is_blank(character) => {
                        self.newline |= is_line_end(character);
                        self.at += character.len_utf8();
                    }
                    _ => return,
                },
                _ => return,
            }
        }
    }

    fn skip_comment(&mut self) {
        let body = self.text.get(self.at + 2..).unwrap_or_default();
        let length = body.find("*/").map_or(body.len(), |at| at + 2);
        self.newline |= body.get(..length).is_some_and(|comment| comment.contains(is_line_end));
        self.at += 2 + length;
    }
}

/// The offset behind the closing `/` of the regular expression that opens at `start`, or where the
/// line ends without one. Line ends outside ASCII are not looked for: they can only make a literal
/// longer, and such a file does not parse.
fn regex_end(bytes: &[u8], start: usize) -> Result<usize, usize> {
    let mut class = false;
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' | b'\r' => break,
            b'\\' if !matches!(bytes.get(at + 1), Some(b'\n' | b'\r') | None) => at += 1,
            b'[' => class = true,
            b']' => class = false,
            b'/' if !class => return Ok(at + 1),
            _ => {}
        }
        at += 1;
    }
    Err(at)
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{2028}' | '\u{2029}')
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{feff}'
}
