//! One line of `elevation`.

use std::fmt;
use std::time::Duration;

use aether_manifest::{parse_duration, parse_size, show_duration, show_size};
use aether_path::{VirtualPath, WORKSPACE};
use aether_source::Span;

use super::Right;
use super::wish::{Scope, Wish};

/// How often what a line allows may be used, when it does not say.
pub const USES: u32 = 1;

/// How long what a line allows is there, when it does not say.
pub const LIFETIME: Duration = Duration::from_secs(60);

/// What a line says to the wishes that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer {
    /// Yes, without a person.
    Allow,
    /// A person decides.
    Ask,
    /// No, without a person.
    Refuse,
}

impl Answer {
    pub(super) const WORDS: [(&'static str, Answer); 3] =
        [("allow", Answer::Allow), ("ask", Answer::Ask), ("refuse", Answer::Refuse)];

    /// As written in a policy.
    pub fn as_str(self) -> &'static str {
        match self {
            Answer::Allow => "allow",
            Answer::Ask => "ask",
            Answer::Refuse => "refuse",
        }
    }
}

/// One line of a policy's `elevation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElevationRule {
    /// The wishes that it is for.
    pub(super) reach: Reach,
    /// What it says to them.
    pub answer: Answer,
    /// How often what it allows may be used.
    pub uses: u32,
    /// How long what it allows is there.
    pub lifetime: Duration,
    /// Where it stands.
    pub span: Span,
}

/// The wishes that a line is for: all of a right, or those within a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    All(Right),
    /// For a place, that and what is below it; for an amount, so much and less.
    Within(Scope),
}

impl Reach {
    pub(super) fn right(&self) -> Right {
        match self {
            Reach::All(right) => *right,
            Reach::Within(Scope::HostWrite { .. }) => Right::HostWrite,
            Reach::Within(Scope::Network { .. }) => Right::Network,
            Reach::Within(Scope::Command { .. }) => Right::Command,
            Reach::Within(Scope::Secret { .. }) => Right::Secret,
            Reach::Within(Scope::Time { .. }) => Right::Time,
            Reach::Within(Scope::Memory { .. }) => Right::Memory,
        }
    }

    /// Whether the line is for this wish.
    pub(super) fn holds(&self, wish: &Wish<'_>) -> bool {
        let scope = match self {
            Reach::All(right) => return *right == wish.right(),
            Reach::Within(scope) => scope,
        };
        match (scope, wish) {
            (Scope::HostWrite { path: below }, Wish::HostWrite { path }) => path.starts_with(below),
            (Scope::Network { host, port }, Wish::Network { host: asked, port: at }) => {
                host == asked && port == at
            }
            (Scope::Command { name }, Wish::Command { name: asked })
            | (Scope::Secret { name }, Wish::Secret { name: asked }) => name == asked,
            (Scope::Time { ms: most }, Wish::Time { ms }) => ms <= most,
            (Scope::Memory { bytes: most }, Wish::Memory { bytes }) => bytes <= most,
            _ => false,
        }
    }

    /// Whether the line is for every wish that `other` is for.
    pub(super) fn covers(&self, other: &Reach) -> bool {
        match (self, other) {
            (Reach::All(right), other) => *right == other.right(),
            (Reach::Within(_), Reach::All(_)) => false,
            (mine, Reach::Within(theirs)) => mine.holds(&theirs.largest()),
        }
    }
}

impl Scope {
    /// The wish for all of it.
    fn largest(&self) -> Wish<'_> {
        match self {
            Scope::HostWrite { path } => Wish::HostWrite { path },
            Scope::Network { host, port } => Wish::Network { host, port: *port },
            Scope::Command { name } => Wish::Command { name },
            Scope::Secret { name } => Wish::Secret { name },
            Scope::Time { ms } => Wish::Time { ms: *ms },
            Scope::Memory { bytes } => Wish::Memory { bytes: *bytes },
        }
    }
}

/// The line as a policy writes it.
impl fmt::Display for ElevationRule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{{ right: {}", self.reach.right())?;
        if let Reach::Within(scope) = &self.reach {
            write!(out, ", {}", keys(scope))?;
        }
        write!(out, ", answer: {}", self.answer.as_str())?;
        if self.uses != USES {
            write!(out, ", uses: {}", self.uses)?;
        }
        if self.lifetime != LIFETIME {
            write!(out, ", for: {}", exact_duration(self.lifetime))?;
        }
        out.write_str(" }")
    }
}

fn keys(scope: &Scope) -> String {
    match scope {
        Scope::HostWrite { path } => format!("below: {}", text(&shown(path))),
        Scope::Network { host, port } => format!("host: {}, port: {port}", text(host)),
        Scope::Command { name } | Scope::Secret { name } => format!("name: {}", text(name)),
        Scope::Time { ms } => format!("most: {}", exact_duration(Duration::from_millis(*ms))),
        Scope::Memory { bytes } => format!("most: {}", exact_size(*bytes)),
    }
}

/// The path as people write it: from the working folder on, where it is in that.
fn shown(path: &VirtualPath) -> String {
    match path.as_str().strip_prefix(WORKSPACE) {
        Some("") => "./".to_owned(),
        Some(rest) if rest.starts_with('/') => format!(".{rest}"),
        _ => path.as_str().to_owned(),
    }
}

/// The largest unit that says exactly this: what is shown for people may be rounded.
fn exact_duration(duration: Duration) -> String {
    let shown = show_duration(duration);
    let exact = parse_duration(&shown).is_ok_and(|again| again == duration);
    if exact { shown } else { format!("{}ms", duration.as_millis()) }
}

fn exact_size(bytes: u64) -> String {
    let shown = show_size(bytes);
    let exact = parse_size(&shown).is_ok_and(|again| again == bytes);
    if exact { shown } else { format!("{bytes}B") }
}

/// A text in double quotes: JSON's, which YAML reads too.
pub(super) fn text(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
