//! How closely plugins are watched, and how far the monitor may go by itself.

use std::time::Duration;

use aether_manifest::{Located, Permission, read_kinds, read_patterns};
use aether_path::PathPattern;
use aether_source::{Diagnostic, Item, Key, Reader, Span};

use super::bounds;

/// What is done about a plugin that behaves oddly, from the mildest on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// It is watched as every plugin is.
    Observe,
    /// The host is told.
    Notify,
    /// It gets less processor time and fewer calls.
    Throttle,
    /// Permissions are taken from it.
    Narrow,
    /// It is halted.
    Freeze,
    /// It is ended.
    Kill,
}

impl Measure {
    /// Each with its word.
    pub const WORDS: [(&'static str, Measure); 6] = [
        ("observe", Measure::Observe),
        ("notify", Measure::Notify),
        ("throttle", Measure::Throttle),
        ("narrow", Measure::Narrow),
        ("freeze", Measure::Freeze),
        ("kill", Measure::Kill),
    ];

    /// As written in a policy.
    pub fn as_str(self) -> &'static str {
        Self::WORDS[self as usize].0
    }
}

/// What a policy says of the monitor. What it leaves out is as the monitor has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Watching {
    /// How far the monitor may go.
    pub most: Option<Measure>,
    /// After how long a risk counts half.
    pub half_life: Option<Duration>,
    /// The risk, from 1 to 100, at which a measure is taken, in the order of the measures.
    pub thresholds: Vec<(Measure, u8)>,
    /// Places that no honest plugin touches.
    pub decoys: Vec<Located<PathPattern>>,
    /// Texts that nobody is to send anywhere, each with its name. They look like keys, and lie where a
    /// thief would look.
    pub tokens: Vec<(String, String)>,
    /// The permissions that narrowing takes, beside those that a plugin names as optional.
    pub drops: Option<Vec<Permission>>,
}

const KEYS: &[&str] = &[
    "most",
    "half-life",
    "notify",
    "throttle",
    "narrow",
    "freeze",
    "kill",
    "decoys",
    "tokens",
    "drops",
];

/// Most tokens: each is looked for in all that a plugin says.
const TOKENS: usize = 16;

/// How long a token is, bytes: a short one could stand in a text by chance.
const TOKEN_BYTES: std::ops::RangeInclusive<usize> = 16..=256;

/// What a risk may take at least and at most to count half.
const HALF_LIFE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(24 * 60 * 60)];

impl Watching {
    pub(super) fn read(item: &Item<'_>) -> Option<Self> {
        let fields = item.fields(KEYS)?;
        let [least, longest] = HALF_LIFE;
        let half_life = fields
            .get("half-life")
            .and_then(|item| bounds::duration(&item, "half-life", least, longest));
        let thresholds = Measure::WORDS[1..].iter().filter_map(|(word, measure)| {
            let risk = bounds::whole(&fields.get(word)?, word, 1, 100)?;
            Some((*measure, u8::try_from(risk).ok()?))
        });
        let thresholds: Vec<(Measure, u8)> = thresholds.collect();
        if !is_rising(&thresholds) {
            let message = "a harder measure is taken at a risk that is not higher";
            item.error_with("monitor-order", message, RISING);
        }
        Some(Self {
            most: fields.get("most").and_then(|item| item.one_of(&Measure::WORDS)),
            half_life,
            thresholds,
            decoys: fields.get("decoys").map(|item| read_decoys(&item)).unwrap_or_default(),
            tokens: fields.get("tokens").map(|item| read_tokens(&item)).unwrap_or_default(),
            drops: fields
                .get("drops")
                .map(|item| read_kinds(&item).into_iter().map(|kind| kind.value).collect()),
        })
    }

    /// Whether the measures of one plugin rise with those that hold for every plugin.
    pub(super) fn check_with(&self, all: &Self, reader: &Reader, at: Span) {
        let both = self.or(all).thresholds;
        // What is wrong in one of them alone is told there.
        if is_rising(&both) || !is_rising(&self.thresholds) || !is_rising(&all.thresholds) {
            return;
        }
        let message = "with the measures for every plugin, a harder one is taken at a risk that is not \
                       higher";
        let problem = Diagnostic::error("monitor-order", reader.source(), at, message.to_owned());
        reader.report(problem.with_help(RISING));
    }

    /// This, and where it says nothing what the other says.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        let mut thresholds = self.thresholds.clone();
        let said = |measure: Measure| self.thresholds.iter().any(|(known, _)| *known == measure);
        thresholds.extend(other.thresholds.iter().filter(|(measure, _)| !said(*measure)));
        thresholds.sort_unstable();
        Self {
            most: self.most.or(other.most),
            half_life: self.half_life.or(other.half_life),
            thresholds,
            decoys: self.decoys.iter().chain(&other.decoys).cloned().collect(),
            tokens: self.tokens.iter().chain(&other.tokens).cloned().collect(),
            drops: self.drops.clone().or_else(|| other.drops.clone()),
        }
    }
}

const RISING: &str = "write the risks in rising order, as in notify: 10, throttle: 30, freeze: 70";

/// Whether each harder measure is taken at a higher risk.
fn is_rising(thresholds: &[(Measure, u8)]) -> bool {
    thresholds.is_sorted_by(|(_, milder), (_, harder)| milder < harder)
}

/// Texts by their names.
fn read_tokens(item: &Item<'_>) -> Vec<(String, String)> {
    let Some(entries) = item.entries() else { return Vec::new() };
    if entries.len() > TOKENS {
        item.error("too-many-tokens", format!("there are at most {TOKENS} tokens"));
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let token = |(key, item): (Key<'_>, Item<'_>)| {
        let text = item.string()?;
        if !TOKEN_BYTES.contains(&text.len()) || !text.bytes().all(is_plain) {
            let message = format!(
                "a token has {} to {} letters, digits, `_` and `-`",
                TOKEN_BYTES.start(),
                TOKEN_BYTES.end()
            );
            let help = "make one up that looks like a key and is none, as in AKIAQ7XMPLE2DECOY3KX";
            item.error_with("decoy-token", message, help);
            return None;
        }
        Some((key.text.to_owned(), text.to_owned()))
    };
    entries.into_iter().filter_map(token).collect()
}

/// Places, each a file or a folder with all that is in it: a pattern would make a decoy of what it
/// begins with.
fn read_decoys(item: &Item<'_>) -> Vec<Located<PathPattern>> {
    let all = read_patterns(item);
    if all.iter().any(|decoy| decoy.value.as_str().contains(['*', '?', '[', '{'])) {
        let message = "a decoy is a file or a folder by its full name, without wildcards";
        let help = "name the place itself, as in ./keys/wallet.txt; a folder covers what is in it";
        item.error_with("decoy-pattern", message, help);
    }
    all
}
