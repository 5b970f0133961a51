//! What a manifest would have to ask for.

mod draft;
mod line;
mod listed;
mod making;
mod wanted;

use std::cmp::Reverse;

use aether_manifest::{Manifest, Permission};

use crate::blind::{is_native, unrecorded};
use crate::limits::MAX_NOT_SUGGESTED;
use crate::options::Options;
use crate::{Observations, Peaks, Use};

pub use line::{NotSuggested, SuggestedLimit, SuggestedLine};
use making::{Made, Making};

/// Permissions that cover what a plugin was seen to do and that its manifest does not ask for yet.
/// Nothing but a proposal: each line is to be read by a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// The plugin's name.
    pub plugin: String,
    /// The entries, the riskiest first.
    pub lines: Vec<SuggestedLine>,
    /// Limits below those that hold.
    pub limits: Vec<SuggestedLimit>,
    /// What was seen and is not asked for, each with the reason.
    pub not_suggested: Vec<NotSuggested>,
    /// How much more of that there was than is kept.
    pub not_suggested_more: u64,
    /// Of which uses more was seen than was kept, and how often: the lines may not cover it.
    pub incomplete: Vec<(Use, u64)>,
    /// Permissions of which the log does not tell what was used, each with the reason.
    pub unknown: Vec<(Permission, &'static str)>,
}

/// The smallest set of entries that covers what was observed and allowed, beyond what the manifest
/// asks for already; and limits that follow from what was used. `manifest` is nothing for a plugin
/// that has none yet.
///
/// Files are asked for by their exact paths; wildcards stand for versions, hashes, dates, numbers
/// and names of temporary files, and for whole folders of which much was used, but never where a
/// pattern would reach a sensitive place, all of a folder right below the root, of the folder that
/// is worked in, or of a home. Hosts come with the methods and the beginning of the paths that were
/// used. All else is exact. What was denied is not asked for unless [`Options::denied`] says so,
/// and of that never what a widened run refuses too: sensitive places, variables named like
/// secrets, addresses and names of one's own network.
pub fn suggest(
    seen: &Observations,
    peaks: &Peaks,
    manifest: Option<&Manifest>,
    options: &Options,
) -> Suggestion {
    let closed = options.closed.iter().cloned().chain(seen.closed()).collect();
    let options = Options { closed, ..options.clone() };
    let Made { lines, left } = Making::new(seen, manifest, &options).made();
    let present = manifest.map(|manifest| manifest.resources.clone()).unwrap_or_default();
    let native = is_native(manifest, seen);
    let unknown = |of: Permission| unrecorded(of, native, seen).map(|why| (of, why));
    let unknown = Permission::ALL.into_iter().filter_map(unknown).collect();
    let uses = Permission::ALL.into_iter().map(Use::Of).chain([Use::Look]);
    let incomplete = uses.map(|of| (of, seen.not_kept(of))).filter(|(_, count)| *count > 0);
    let (not_suggested, not_suggested_more) = gravest(left);
    Suggestion {
        plugin: seen.plugin().to_owned(),
        lines: ranked(lines),
        limits: peaks.limits(&present),
        not_suggested,
        not_suggested_more,
        incomplete: incomplete.collect(),
        unknown,
    }
}

/// The riskiest first, and otherwise in the manifest's order.
fn ranked(mut lines: Vec<SuggestedLine>) -> Vec<SuggestedLine> {
    lines.sort_by(|one, other| {
        let order = |line: &SuggestedLine| (Reverse(line.risk), line.permission);
        order(one).cmp(&order(other)).then_with(|| one.entry.cmp(&other.entry))
    });
    lines
}

/// As much as is kept, and how much more there is. What is grave comes first: whoever tried that
/// could hide it behind very much else.
fn gravest(mut left: Vec<NotSuggested>) -> (Vec<NotSuggested>, u64) {
    left.sort_by_key(|one| !one.is_grave);
    let more = left.len().saturating_sub(MAX_NOT_SUGGESTED);
    left.truncate(MAX_NOT_SUGGESTED);
    (left, u64::try_from(more).unwrap_or(u64::MAX))
}
