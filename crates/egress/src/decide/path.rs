//! The path and query of a request in the one form that is matched and forwarded.

use std::fmt;

use aether_manifest::UrlPath;
use aether_source::quoted;

/// Longest path with its query, in bytes: against requests that cost the server behind more than
/// they cost the plugin, and against logs of nothing else.
pub const MAX_TARGET: usize = 8 * 1024;

/// A path with its query, canonical: dot segments are resolved, escapes of unreserved characters are
/// undone, the others are in upper case, and characters that do not belong in a URL are escaped.
/// These bytes are matched against the rules, and these bytes are sent.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RequestPath {
    /// Begins with `/`; ASCII.
    path: String,
    /// What follows `?`.
    query: Option<String>,
    /// Why the path could mean another one to a server that reads less strictly.
    ambiguous: Option<PathProblem>,
}

impl RequestPath {
    /// Reads what stands after the authority in a URL; nothing at all is `/`.
    pub fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.len() > MAX_TARGET {
            return Err(PathProblem::TooLong);
        }
        let (path, query) = match text.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (text, None),
        };
        if !path.is_empty() && !path.starts_with('/') {
            return Err(PathProblem::NotAbsolute);
        }
        let escaped = canonical(path)?;
        let path = resolve(&escaped);
        let query = query.map(query_of).transpose()?;
        let ambiguous = ambiguity(&path);
        Ok(RequestPath { path, query, ambiguous })
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What follows `?`.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// What makes the path mean another one to some servers, if anything does: such a path is within
    /// no path rule.
    pub fn ambiguity(&self) -> Option<PathProblem> {
        self.ambiguous
    }

    /// Whether a path rule allows it.
    pub fn is_within(&self, pattern: &UrlPath) -> bool {
        self.ambiguous.is_none() && pattern.matches(&self.path)
    }
}

/// As it is sent, with the query.
impl fmt::Display for RequestPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.path)?;
        self.query.as_ref().map_or(Ok(()), |query| write!(out, "?{query}"))
    }
}

/// Without the query, which may hold a secret.
impl fmt::Debug for RequestPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "RequestPath({})", self.path)
    }
}

/// What is wrong, or doubtful, with a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum PathProblem {
    /// Longer than [`MAX_TARGET`].
    #[error("the path and query are longer than {MAX_TARGET} bytes")]
    TooLong,
    /// It does not begin with `/`.
    #[error("the path does not begin with `/`")]
    NotAbsolute,
    /// A character that no URL has: a blank, a control character, one beyond ASCII.
    #[error("the path or query has {}", quoted(&.0.to_string()))]
    Character(char),
    /// `\`, which some take for `/`.
    #[error("the path has a backslash")]
    Backslash,
    /// `#`, which ends a URL and is never sent.
    #[error("the path or query has a `#`")]
    Fragment,
    /// `%` without two hexadecimal digits.
    #[error("the path or query has a `%` without two hexadecimal digits")]
    Escape,
    /// `%00`, at which some stop reading.
    #[error("the path has an escaped NUL")]
    Nul,
    /// `//`: some servers merge the two.
    #[error("a path with `//` is within no path rule: servers differ on it")]
    EmptySegment,
    /// An escaped `/`, `\`, `?`, `#` or `%`: some servers decode before they route, or twice.
    #[error(
        "a path with an escaped `/`, `\\`, `?`, `#` or `%` is within no path rule: servers differ on it"
    )]
    EscapedSeparator,
    /// `..;x`, `..%20`: some servers cut the parameter or trim the blank first, and see a dot segment
    /// or none at all.
    #[error(
        "a path with a segment of dots and blanks alone, a parameter behind them or not, is within no \
         path rule: servers differ on it"
    )]
    DotSegment,
    /// Escapes that are no UTF-8 (`%C0%AE`, a dot too long), or characters that pass for dots and
    /// separators (full-width ones): some servers make ASCII of them.
    #[error("a path with escapes that some servers take for ASCII is within no path rule")]
    EscapedDisguise,
    /// An escaped control character: some servers drop it.
    #[error(
        "a path with an escaped control character is within no path rule: servers differ on it"
    )]
    EscapedControl,
}

/// The path with each character in its one spelling.
fn canonical(path: &str) -> Result<String, PathProblem> {
    let mut out = String::with_capacity(path.len().max(1));
    each(path, |piece| {
        match piece {
            Piece::Escape(0) => return Err(PathProblem::Nul),
            Piece::Escape(byte) if is_unreserved(byte) => out.push(byte.into()),
            Piece::Escape(byte) => push_escape(&mut out, byte),
            Piece::Plain(b'\\') => return Err(PathProblem::Backslash),
            Piece::Plain(byte) if UrlPath::can_have(byte.into()) => out.push(byte.into()),
            Piece::Plain(byte) => push_escape(&mut out, byte),
        }
        Ok(())
    })?;
    if out.is_empty() {
        out.push('/');
    }
    Ok(out)
}

/// The query: nothing is matched against it, and some are signed, so it is left as it is but for
/// the characters that browsers escape there.
fn query_of(query: &str) -> Result<String, PathProblem> {
    each(query, |_| Ok(()))?;
    let mut out = String::with_capacity(query.len());
    for byte in query.bytes() {
        match byte {
            b'"' | b'<' | b'>' => push_escape(&mut out, byte),
            _ => out.push(byte.into()),
        }
    }
    Ok(out)
}

enum Piece {
    /// A character as it stands, printable ASCII.
    Plain(u8),
    /// `%` and two digits.
    Escape(u8),
}

fn each(
    text: &str,
    mut take: impl FnMut(Piece) -> Result<(), PathProblem>,
) -> Result<(), PathProblem> {
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let piece = match character {
            '%' => {
                let mut digit = || rest.next().and_then(|digit| digit.to_digit(16));
                let (Some(high), Some(low)) = (digit(), digit()) else {
                    return Err(PathProblem::Escape);
                };
                Piece::Escape(u8::try_from(high * 16 + low).map_err(|_| PathProblem::Escape)?)
            }
            '#' => return Err(PathProblem::Fragment),
            '!'..='~' => Piece::Plain(u8::try_from(character).map_err(|_| PathProblem::Escape)?),
            other => return Err(PathProblem::Character(other)),
        };
        take(piece)?;
    }
    Ok(())
}

fn push_escape(out: &mut String, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    out.push('%');
    out.push(DIGITS[usize::from(byte >> 4)].into());
    out.push(DIGITS[usize::from(byte & 15)].into());
}

/// Characters that mean the same escaped or not, by RFC 3986.
fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Resolves `.` and `..` as browsers and RFC 3986 do; above the root there is nothing.
fn resolve(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            _ => {
                kept.push(segment);
                continue;
            }
        }
        // `/a/.` and `/a/b/..` are the folder `/a/`.
        if last {
            kept.push("");
        }
    }
    format!("/{}", kept.join("/"))
}

/// What makes a canonical path mean another one to some servers.
fn ambiguity(path: &str) -> Option<PathProblem> {
    let below = path.strip_prefix('/').unwrap_or(path);
    let folder = below.strip_suffix('/').unwrap_or(below);
    if !below.is_empty() && folder.split('/').any(str::is_empty) {
        return Some(PathProblem::EmptySegment);
    }
    // `%25` too: a server that decodes twice makes `%252e` a dot.
    if ["%2F", "%5C", "%3F", "%23", "%25"].iter().any(|escape| path.contains(escape)) {
        return Some(PathProblem::EscapedSeparator);
    }
    let Ok(text) = String::from_utf8(decoded(path)) else {
        return Some(PathProblem::EscapedDisguise);
    };
    if text.chars().any(|character| character.is_control()) {
        return Some(PathProblem::EscapedControl);
    }
    if text.chars().any(is_disguise) {
        return Some(PathProblem::EscapedDisguise);
    }
    text.split('/').any(is_dots).then_some(PathProblem::DotSegment)
}

/// Whether a server that cuts parameters and trims blanks could take a segment for `.`, for `..` or
/// for none.
fn is_dots(segment: &str) -> bool {
    let name = segment.split_once(';').map_or(segment, |(name, _)| name);
    !segment.is_empty() && name.chars().all(|character| character == '.' || is_blank(character))
}

/// Characters that are not seen: blanks of every width, and those that only steer what is around
/// them.
fn is_blank(character: char) -> bool {
    let steers = matches!(character,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}');
    steers || character.is_whitespace()
}

/// Characters that Unicode's compatibility forms, or the best-fit tables of some systems, turn into
/// text with `.`, `/`, `\`, `;`, `?`, `#` or `%` in it.
fn is_disguise(character: char) -> bool {
    matches!(character,
        '\u{37e}' | '\u{2024}'..='\u{2026}' | '\u{2044}' | '\u{2047}'..='\u{2049}'
        | '\u{2100}'..='\u{2101}' | '\u{2105}'..='\u{2106}' | '\u{2215}'..='\u{2216}'
        | '\u{2488}'..='\u{249b}' | '\u{29f5}' | '\u{29f8}'..='\u{29f9}' | '\u{3002}'
        | '\u{33c2}' | '\u{33c7}' | '\u{33d8}' | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'
        | '\u{fe50}'..='\u{fe6b}' | '\u{ff00}'..='\u{ffef}' | '\u{1f100}')
}

/// The bytes that the escapes of a canonical path stand for.
fn decoded(path: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    // The path is canonical: each `%` has its digits.
    let _: Result<(), PathProblem> = each(path, |piece| {
        match piece {
            Piece::Plain(byte) | Piece::Escape(byte) => bytes.push(byte),
        }
        Ok(())
    });
    bytes
}
