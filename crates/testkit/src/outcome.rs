//! What a program did.

use std::time::Duration;

use serde_json::Value;

use crate::{compare, redact};

/// What a program that has ended printed, and how it ended. The checks give it back, so that they
/// can stand in a row; each panics with everything that is known when it does not hold.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it was started, for messages.
    pub line: String,
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed as its result.
    pub stdout: String,
    /// What it printed for people.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
    pub(crate) names: Vec<(String, &'static str)>,
}

impl Outcome {
    /// Its exit code is this.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        self.check(self.code == Some(code), &format!("exit code {code}"));
        self.no_panic()
    }

    /// Its result is exactly this and a newline.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        self.check(self.stdout == format!("{text}\n"), &format!("result {text:?}"));
        self
    }

    /// There is no result.
    #[track_caller]
    pub fn prints_nothing(&self) -> &Self {
        self.check(self.stdout.is_empty(), "no result");
        self
    }

    /// Its result has this in it, redacted or not.
    #[track_caller]
    pub fn prints_some(&self, text: &str) -> &Self {
        let said = self.stdout.contains(text) || self.redacted(&self.stdout).contains(text);
        self.check(said, &format!("a result with {text:?}"));
        self
    }

    /// Its words for people have this in them, redacted or not.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        let said = self.stderr.contains(text) || self.redacted(&self.stderr).contains(text);
        self.check(said, &format!("the words {text:?}"));
        self
    }

    /// Its words for people do not have this in them.
    #[track_caller]
    pub fn never_says(&self, text: &str) -> &Self {
        self.check(!self.stderr.contains(text), &format!("not the words {text:?}"));
        self
    }

    /// Its words for people are these, as [`compare`] does it, after redaction.
    #[track_caller]
    pub fn shows(&self, expected: &str) -> &Self {
        compare(&self.redacted(&self.stderr), expected);
        self
    }

    /// Nothing of it is a panic.
    #[track_caller]
    pub fn no_panic(&self) -> &Self {
        let all = format!("{}{}", self.stdout, self.stderr);
        self.check(!all.contains("panicked at") && !all.contains("RUST_BACKTRACE"), "no panic");
        self
    }

    /// Nothing that it printed can move a terminal's cursor, colour it or reorder its text.
    #[track_caller]
    pub fn is_inert(&self) -> &Self {
        let harmful = |letter: &char| {
            (letter.is_control() && !matches!(letter, '\n' | '\t'))
                || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                || matches!(letter, '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
        };
        let found = self.stdout.chars().chain(self.stderr.chars()).find(harmful);
        self.check(found.is_none(), &format!("inert text, without {found:?}"));
        self
    }

    /// Its result as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("expected JSON ({error}) of {self}"),
        }
    }

    /// What it said for people and as its result, redacted.
    #[must_use]
    pub fn redacted(&self, text: &str) -> String {
        let names: Vec<(&str, &str)> =
            self.names.iter().map(|(name, stand_in)| (name.as_str(), *stand_in)).collect();
        redact(text, &names)
    }

    #[track_caller]
    fn check(&self, holds: bool, what: &str) {
        assert!(holds, "expected {what} of {self}");
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { line, code, stdout, stderr, took, .. } = self;
        write!(
            formatter,
            "{line}\n---- code {code:?} after {took:?} ----\n---- stdout ----\n{}\n---- stderr ----\n{}\n----",
            cut(stdout),
            cut(stderr)
        )
    }
}

/// As much as a person can look at.
fn cut(text: &str) -> String {
    text.chars().take(20_000).collect()
}
