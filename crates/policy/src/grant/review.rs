//! What a person is asked.

use aether_manifest::{Limit, Permission, Resources};
use aether_source::Place;
use jiff::Timestamp;

use super::granted::Grant;
use super::input::{Identity, Input};
use super::limits::raised;
use super::risk::{self, Risk};
use crate::consent::Consent;

/// One batch of questions: the person agrees to all of it, once or always, or to nothing.
#[derive(Clone, Debug)]
pub struct Review {
    /// Which plugin asks.
    pub plugin: Identity,
    /// Why a person is asked.
    pub reason: AskReason,
    /// What it asks for, the greatest risk first.
    pub lines: Vec<ReviewLine>,
    /// The limits that it asks to be above their defaults.
    pub limits: Vec<ReviewLimit>,
    /// What the policy lets its engine do beyond running it.
    pub engine: Vec<ReviewEngine>,
    request_digest: String,
    grant: Grant,
}

/// Why a person is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AskReason {
    /// There is no policy.
    NoPolicy,
    /// The policy wants a person to agree too.
    PolicyAsks,
}

/// A permission that is asked for. The texts come from the plugin: escape them when showing them.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewLine {
    /// What kind of permission it is.
    pub permission: Permission,
    /// What it is for, as written.
    pub resource: String,
    /// How much it could cost.
    pub risk: Risk,
    /// What it means, in plain words.
    pub note: String,
    /// Where the manifest requests it.
    pub place: Place,
}

/// A limit that is asked to be above its default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewLimit {
    /// Which one.
    pub limit: Limit,
    /// What would hold, as written in a manifest.
    pub value: String,
    /// Its default.
    pub default: String,
}

/// What the policy lets the engine of a JavaScript plugin do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewEngine {
    /// The policy's word for it: `jit` or `debug`.
    pub word: &'static str,
    /// How much it could cost.
    pub risk: Risk,
    /// What it means, in plain words.
    pub note: &'static str,
}

impl Review {
    pub(super) fn new(
        input: &Input<'_>,
        reason: AskReason,
        request_digest: String,
        grant: Grant,
    ) -> Self {
        let mut lines: Vec<ReviewLine> = grant.lines().map(|line| line_of(line, input)).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.risk));
        let standard = Resources::default();
        let limits = raised(input.manifest).map(|limit| ReviewLimit {
            limit,
            value: grant.limits().show(limit),
            default: standard.show(limit),
        });
        let limits = limits.collect();
        let engine = grant.engine().map(risk::of_engine).unwrap_or_default().into_iter();
        let engine = engine.map(|(word, risk, note)| ReviewEngine { word, risk, note }).collect();
        let plugin = input.identity.clone();
        Review { plugin, reason, lines, limits, engine, request_digest, grant }
    }

    /// The digest of exactly what is asked for; a remembered answer counts for no other.
    pub fn request_digest(&self) -> &str {
        &self.request_digest
    }

    /// What would be granted.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }

    /// The person agreed: what was asked for is granted, for this once.
    pub fn accept(self) -> Grant {
        self.grant
    }

    /// The person agreed for always: what to remember.
    pub fn consent(&self, now: Timestamp) -> Consent {
        Consent {
            plugin: self.plugin.digest.clone(),
            request: self.request_digest.clone(),
            name: self.plugin.name.clone(),
            version: self.plugin.version.clone(),
            given: now,
        }
    }
}

fn line_of(line: &super::Line, input: &Input<'_>) -> ReviewLine {
    let (risk, note) = risk::of(line, input.mounts);
    ReviewLine {
        permission: line.permission,
        resource: line.resource.clone(),
        risk,
        note,
        place: line.place,
    }
}
