//! Topics of events, and the patterns that grant them.

use std::fmt;

use aether_source::quoted;

/// Longest topic and longest pattern, in bytes: each is compared at every event.
pub const MAX_TOPIC: usize = 128;

/// Which events a plugin may send or hear, as written.
///
/// | written | means |
/// | --- | --- |
/// | `build.done` | that topic alone |
/// | `build.*` | every topic below `build`, however deep, but not `build` itself |
/// | `*` | every topic |
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct TopicPattern {
    written: String,
}

/// A text that is not a pattern for topics.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{typed} {problem}")]
pub struct TopicError {
    typed: String,
    problem: TopicProblem,
}

/// The ways in which a text fails to be a pattern for topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TopicProblem {
    /// Nothing is written.
    #[error("is empty")]
    Empty,
    /// Longer than a topic can be.
    #[error("is longer than {MAX_TOPIC} bytes")]
    TooLong,
    /// `a*`, `*.b`, `a.*.b`: `*` stands for what is below a topic, at the end.
    #[error("has a `*` that is not the whole of its end")]
    Wildcard,
    /// `a..b`, `.a`, `a.`: a word is missing.
    #[error("has a point without a word on each side")]
    NoWord,
    /// A character that no topic has.
    #[error("has a character that no topic has")]
    Character,
}

impl TopicError {
    /// What is wrong.
    pub fn problem(&self) -> TopicProblem {
        self.problem
    }

    /// What to write instead.
    pub fn help(&self) -> &'static str {
        match self.problem {
            TopicProblem::Wildcard => "write `build.*` for every topic below `build`",
            _ => "write words of `a-z`, `0-9`, `_` and `-`, joined by `.`, such as \"build.done\"",
        }
    }
}

impl TopicPattern {
    /// Reads a pattern.
    pub fn parse(text: &str) -> Result<Self, TopicError> {
        match problem(text) {
            None => Ok(TopicPattern { written: text.to_owned() }),
            Some(problem) => Err(TopicError { typed: quoted(text), problem }),
        }
    }

    /// Whether the pattern names this topic; never what is no topic.
    pub fn matches(&self, topic: &str) -> bool {
        is_topic(topic) && self.names(topic)
    }

    /// Whether every topic that `other` names is named by this pattern too.
    pub fn covers(&self, other: &TopicPattern) -> bool {
        // What ends in `.*` begins like each topic below it, so it is below whatever they are below.
        self == other || self.open().is_some() && self.names(&other.written)
    }

    /// Whether it names every topic.
    pub fn is_every(&self) -> bool {
        self.open() == Some("")
    }

    /// Whether it names one topic alone.
    pub fn is_exact(&self) -> bool {
        self.open().is_none()
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn names(&self, topic: &str) -> bool {
        match self.open() {
            None => topic == self.written,
            Some(beginning) => topic.len() > beginning.len() && topic.starts_with(beginning),
        }
    }

    /// What topics begin with, of a pattern that names many: `build.` of `build.*`.
    fn open(&self) -> Option<&str> {
        self.written.strip_suffix('*')
    }
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.written)
    }
}

impl fmt::Debug for TopicPattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TopicPattern({:?})", self.written)
    }
}

/// Whether the text is a topic: 1 to 128 bytes, words of `a-z`, `0-9`, `_` and `-`, joined by `.`.
pub fn is_topic(text: &str) -> bool {
    text.len() <= MAX_TOPIC && text.split('.').all(is_word)
}

fn is_word(text: &str) -> bool {
    let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
    !text.is_empty() && text.bytes().all(inside)
}

fn problem(text: &str) -> Option<TopicProblem> {
    let topic = text.strip_suffix(".*").unwrap_or(text);
    if text == "*" || text.len() <= MAX_TOPIC && is_topic(topic) {
        return None;
    }
    Some(if text.is_empty() {
        TopicProblem::Empty
    } else if text.len() > MAX_TOPIC {
        TopicProblem::TooLong
    } else if topic.contains('*') {
        TopicProblem::Wildcard
    } else if topic.split('.').any(str::is_empty) {
        TopicProblem::NoWord
    } else {
        TopicProblem::Character
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> TopicPattern {
        TopicPattern::parse(text).unwrap()
    }

    #[test]
    fn what_is_a_pattern() {
        for good in ["a", "build.done", "build.*", "*", "a_b-c.0", &"x".repeat(128)] {
            assert_eq!(pattern(good).as_str(), good);
            assert_eq!(is_topic(good), !good.contains('*'), "{good}");
        }
        let bad = |text: &str, expect: TopicProblem| {
            let error = TopicPattern::parse(text).unwrap_err();
            assert_eq!(error.problem(), expect, "{text:?}");
            assert!(!is_topic(text), "{text:?}");
        };
        bad("", TopicProblem::Empty);
        bad(&"x".repeat(129), TopicProblem::TooLong);
        bad(&format!("{}.*", "x".repeat(127)), TopicProblem::TooLong);
        bad("a*", TopicProblem::Wildcard);
        bad("*.a", TopicProblem::Wildcard);
        bad("a.*.b", TopicProblem::Wildcard);
        bad("*.*", TopicProblem::Wildcard);
        bad("**", TopicProblem::Wildcard);
        bad(".", TopicProblem::NoWord);
        bad(".*", TopicProblem::NoWord);
        bad("a..b", TopicProblem::NoWord);
        bad("a.", TopicProblem::NoWord);
        bad("A", TopicProblem::Character);
        bad("a b", TopicProblem::Character);
        bad("a/b", TopicProblem::Character);
        bad("é", TopicProblem::Character);
        bad("a\n", TopicProblem::Character);
    }

    #[test]
    fn what_a_pattern_names() {
        let check = |written: &str, topic: &str, expect: bool| {
            assert_eq!(pattern(written).matches(topic), expect, "{written} of {topic:?}");
        };
        check("build.done", "build.done", true);
        check("build.done", "build.done.now", false);
        check("build.*", "build.done", true);
        check("build.*", "build.done.now", true);
        check("build.*", "build", false);
        check("build.*", "builder.done", false);
        check("*", "build", true);
        check("*", "build.done", true);
        for none in ["", ".", "build.", "build.*", "*", "build..x", "build.X"] {
            check("*", none, false);
            check("build.*", none, false);
        }
    }

    #[test]
    fn what_a_pattern_covers() {
        let check = |wide: &str, narrow: &str, expect: bool| {
            assert_eq!(pattern(wide).covers(&pattern(narrow)), expect, "{wide} over {narrow}");
        };
        check("a", "a", true);
        check("a", "b", false);
        check("a.*", "a.b", true);
        check("a.*", "a.*", true);
        check("a.*", "a.b.*", true);
        check("a.*", "a", false);
        check("a.*", "ab.*", false);
        check("a.b.*", "a.*", false);
        check("a.b", "a.*", false);
        check("*", "a", true);
        check("*", "a.*", true);
        check("*", "*", true);
        check("a.*", "*", false);
    }
}
