//! Which paths of URLs a domain pattern allows.

use std::fmt;

use super::DomainProblem as Problem;
use super::glob::{self, Item};

/// A set of paths of URLs.
///
/// | written | means |
/// | --- | --- |
/// | `/v1/users` | that path alone |
/// | `/v1/*.json` | `*` stays within one segment, which is never empty |
/// | `/v1/**/log` | `**` crosses any number of segments, none included |
/// | `/v1/**`, `/v1/` | `/v1` and everything below |
///
/// What is written is compared with a path in its canonical form, byte by byte: case counts. A path
/// that ends in `/` is a folder, and only a pattern that ends in `**` or `/` names it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UrlPath {
    written: String,
    segments: Vec<Item<Segment>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Segment {
    Exact(String),
    /// With at least one gap; its letters are bytes, since the path is ASCII.
    Glob(Vec<Item<u8>>),
}

impl UrlPath {
    /// Reads a path that begins with `/`.
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        text.chars().try_for_each(check_character)?;
        let mut segments = Vec::new();
        let mut names = text.split('/').skip(1).peekable();
        while let Some(name) = names.next() {
            match name {
                "" if names.peek().is_none() => push(&mut segments, Item::Gap),
                "" => return Err(Problem::EmptySegment),
                "." | ".." => return Err(Problem::DotSegment),
                "**" => push(&mut segments, Item::Gap),
                name if name.contains("**") => return Err(Problem::TreeInSegment),
                name => push(&mut segments, Item::One(Segment::parse(name))),
            }
        }
        Ok(UrlPath { written: text.to_owned(), segments })
    }

    /// Whether the path of a URL can have the character as it stands, by RFC 3986, section 3.3; it
    /// has others as escapes.
    pub fn can_have(character: char) -> bool {
        character.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/".contains(character)
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Whether it is one of these: a path in its canonical form, which begins with `/`, without a
    /// query.
    pub fn matches(&self, path: &str) -> bool {
        let below: Vec<&str> = path.split('/').skip(1).collect();
        glob::matches(&self.segments, &below, |segment, name| segment.matches(name))
    }

    /// Whether it has no wildcard and so names one path.
    pub fn is_exact(&self) -> bool {
        self.segments.iter().all(|item| matches!(item, Item::One(Segment::Exact(_))))
    }

    /// Whether everything that `other` names is named by this pattern too. A "yes" is certain; a
    /// "no" may be wrong for unusual pairs.
    pub fn covers(&self, other: &UrlPath) -> bool {
        glob::covers(&self.segments, &other.segments, Segment::covers)
    }

    /// Whether some path is named by both.
    pub fn meets(&self, other: &UrlPath) -> bool {
        glob::meet(&self.segments, &other.segments, Segment::meets)
    }
}

impl Segment {
    fn parse(name: &str) -> Self {
        if !name.contains('*') {
            return Segment::Exact(name.to_owned());
        }
        let letter = |byte| if byte == b'*' { Item::Gap } else { Item::One(byte) };
        Segment::Glob(name.bytes().map(letter).collect())
    }

    /// An empty segment is what stands behind a last `/`, and no name.
    fn matches(&self, name: &str) -> bool {
        match self {
            Segment::Exact(exact) => exact == name,
            Segment::Glob(letters) => {
                !name.is_empty() && glob::matches(letters, name.as_bytes(), u8::eq)
            }
        }
    }

    fn covers(&self, other: &Segment) -> bool {
        match (self, other) {
            (_, Segment::Exact(name)) => self.matches(name),
            (Segment::Exact(_), Segment::Glob(_)) => false,
            (Segment::Glob(ours), Segment::Glob(theirs)) => glob::covers(ours, theirs, u8::eq),
        }
    }

    fn meets(&self, other: &Segment) -> bool {
        match (self, other) {
            (_, Segment::Exact(name)) => self.matches(name),
            (Segment::Exact(name), _) => other.matches(name),
            (Segment::Glob(ours), Segment::Glob(theirs)) => glob::meet(ours, theirs, u8::eq),
        }
    }
}

/// Runs of gaps are one gap, so that more of what is equal is seen to be.
fn push(segments: &mut Vec<Item<Segment>>, item: Item<Segment>) {
    if item != Item::Gap || segments.last() != Some(&Item::Gap) {
        segments.push(item);
    }
}

/// What a URL has in its path in escapes alone could never be matched, nor could `%` itself.
fn check_character(character: char) -> Result<(), Problem> {
    match character {
        // A query or a fragment is not part of the path that is compared.
        '?' | '#' => Err(Problem::QueryOrFragment(character)),
        other if UrlPath::can_have(other) => Ok(()),
        other => Err(Problem::PathCharacter(other)),
    }
}

impl fmt::Display for UrlPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

impl fmt::Debug for UrlPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "UrlPath({:?})", self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> UrlPath {
        UrlPath::parse(text).unwrap_or_else(|problem| panic!("{text}: {problem}"))
    }

    fn matches(text: &str, path: &str, expect: bool) {
        assert_eq!(pattern(text).matches(path), expect, "{text} and {path}");
    }

    #[test]
    fn matching() {
        matches("/v1/users", "/v1/users", true);
        matches("/v1/users", "/v1/users/", false);
        matches("/v1/users", "/v1/Users", false);
        matches("/v1/users", "/v1", false);
        matches("/v1/*", "/v1/x", true);
        matches("/v1/*", "/v1/", false);
        matches("/v1/*", "/v1/x/", false);
        matches("/v1/*", "/v1/x/y", false);
        matches("/v1/**", "/v1", true);
        matches("/v1/**", "/v1/", true);
        matches("/v1/**", "/v1/x/y/", true);
        matches("/v1/**", "/v10", false);
        matches("/v1/", "/v1/x/y", true);
        matches("/", "/", true);
        matches("/", "/x/y", true);
        matches("/**", "/", true);
        matches("/a/**/b", "/a/b", true);
        matches("/a/**/b", "/a/x/b/y/b", true);
        matches("/a/**/b", "/a/x/b/y", false);
        matches("/a/**/b", "/a/b/", false);
        matches("/**/x/**/y", "/x/x/z/y/y", true);
        matches("/a*b*c", "/aXbbYc", true);
        matches("/a*b*c", "/ac", false);
        matches("/a*", "/a", true);
        matches("/*.json", "/.json", true);
        matches("/a!(b)", "/a!(b)", true);
    }

    /// They are paths of a server, and have nothing to do with those of the machine.
    #[test]
    fn no_path_is_special() {
        for path in ["/sys/health", "/proc/x", "/proc/1/environ", "/proc/self", "/sys"] {
            matches("/**", path, true);
            matches("/", path, true);
        }
        matches("/*/x", "/proc/x", true);
        matches("/*/health", "/sys/health", true);
        assert!(pattern("/**").covers(&pattern("/sys/health")));
    }

    #[test]
    fn a_pattern_that_others_would_take_long_for() {
        let text = format!("/{}", "*a".repeat(500));
        matches(&text, &format!("/{}", "a".repeat(8000)), true);
        matches(&text, &format!("/{}b", "a".repeat(8000)), false);
        let text = "/**/a".repeat(200);
        matches(&text, &"/a".repeat(4000), true);
        matches(&text, &format!("{}/b", "/a".repeat(4000)), false);
    }

    #[test]
    fn covering_and_meeting() {
        for (wide, narrow, covers, meets) in [
            ("/**", "/a", true, true),
            ("/**", "/a/**/b*", true, true),
            ("/a/**", "/a", true, true),
            ("/a/**", "/a/", true, true),
            ("/a/", "/a/**", true, true),
            ("/a/*", "/a/**", false, true),
            ("/a/*", "/a/", false, true),
            ("/a/*", "/a", false, false),
            ("/a/*x", "/a/y*", false, true),
            ("/a/*x", "/a/*yx", true, true),
            ("/a/x*", "/a/y*", false, false),
            ("/a/**/b", "/c/**", false, false),
            ("/**/b", "/a/**", false, true),
            ("/**/b/c", "/**/c/b", false, false),
            ("/**/b/**", "/**/c", false, true),
            ("/a", "/a", true, true),
            ("/a", "/*", false, true),
            ("/*", "/**", false, true),
        ] {
            let (wide, narrow) = (pattern(wide), pattern(narrow));
            assert_eq!(wide.covers(&narrow), covers, "{wide} over {narrow}");
            assert_eq!(wide.meets(&narrow), meets, "{wide} and {narrow}");
            assert_eq!(narrow.meets(&wide), meets, "{narrow} and {wide}");
        }
    }

    #[test]
    fn exact() {
        assert!(pattern("/a/b").is_exact());
        assert!(!pattern("/a/").is_exact() && !pattern("/a/*").is_exact());
    }
}
