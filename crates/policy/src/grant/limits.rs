//! Limits: the request under the policy's ceilings.

use aether_manifest::{Limit, Manifest, Resources};
use aether_source::Span;

use crate::policy::{Ceilings, Policy, Rule, amount};

/// A requested limit above a ceiling.
pub(super) struct Excess {
    pub(super) limit: Limit,
    /// Where the manifest asks for it.
    pub(super) request: Span,
    /// The ceiling as written.
    pub(super) ceiling: String,
    /// Where the policy has it.
    pub(super) place: Span,
    /// Whether the plugin's own entry, the ceilings for all, or both are below the request.
    pub(super) by_rule: bool,
    pub(super) by_all: bool,
}

/// The limits that hold: request, entry and ceilings for all, whichever is lowest. Defaults give
/// way to a ceiling without a word.
pub(super) fn effective(
    manifest: &Manifest,
    policy: Option<&Policy>,
    rule: Option<&Rule>,
) -> Resources {
    let mut limits = manifest.resources.clone();
    for limit in Limit::ALL {
        let ceilings = [policy.map(|policy| &policy.limits), rule.map(|rule| &rule.limits)];
        ceilings.into_iter().flatten().for_each(|ceilings| ceilings.lower(&mut limits, limit));
    }
    limits
}

/// Requests above a ceiling.
pub(super) fn excesses(manifest: &Manifest, policy: &Policy, rule: Option<&Rule>) -> Vec<Excess> {
    let asked = &manifest.resources;
    let check = |limit: Limit| {
        let request = asked.place_of(limit)?;
        let above = |ceilings: &Ceilings| {
            ceilings.bound(limit).is_some_and(|(bound, _)| amount(asked, limit) > bound)
        };
        let by_rule = rule.filter(|rule| above(&rule.limits));
        let by_all = above(&policy.limits);
        let ceilings = match by_rule {
            Some(rule) => &rule.limits,
            None if by_all => &policy.limits,
            None => return None,
        };
        let (_, place) = ceilings.bound(limit)?;
        let ceiling = ceilings.show(limit)?;
        Some(Excess { limit, request, ceiling, place, by_rule: by_rule.is_some(), by_all })
    };
    Limit::ALL.into_iter().filter_map(check).collect()
}

/// The limits that the manifest asks to be above their defaults.
pub(super) fn raised(manifest: &Manifest) -> impl Iterator<Item = Limit> {
    let standard = Resources::default();
    Limit::ALL
        .into_iter()
        .filter(move |limit| amount(&manifest.resources, *limit) > amount(&standard, *limit))
}
