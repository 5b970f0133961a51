//! From a grant to the rules of the egress gateway.

use aether_egress::{Private, Rule, Rules};
use aether_manifest::Asking;
use aether_policy::grant::Grant;
use aether_policy::policy::{Policy, PolicyOrigin};
use aether_source::Diagnostic;

use super::NetworkError;

/// The rules: one for each granted domain, by the number of its line; and what is opened inside, by
/// the policy and by the owner's own word.
pub(crate) fn rules(
    grant: &Grant,
    policy: Option<&Policy>,
    opened: &[Private],
) -> Result<Rules, NetworkError> {
    let mut private = opened.to_vec();
    for text in grant.private() {
        let place = policy.map_or_else(String::new, |policy| policy.source.name().to_owned());
        if policy.is_none_or(|policy| policy.origin != PolicyOrigin::Named) {
            return Err(NetworkError::Untrusted { place });
        }
        private.push(text.parse().map_err(|error| NetworkError::Private { place, error })?);
    }
    let domains = grant.domains();
    let rules = domains
        .map(|(allowed, pattern)| Rule { index: allowed.line, pattern: pattern.clone() })
        .collect::<Vec<_>>();
    Ok(match grant.asking() {
        Asking::Manifest => Rules::new(&grant.plugin().name, rules, private)?,
        Asking::Options => Rules::of_command(rules, private)?,
    })
}

/// What is wrong with the places inside that a policy opens, whoever is started.
#[must_use]
pub fn private_problems(policy: &Policy) -> Vec<Diagnostic> {
    let targets = policy.rules.iter().flat_map(|rule| &rule.allow.private);
    let problem = |target: &aether_manifest::Located<String>| {
        let error = target.value.parse::<Private>().err()?;
        Some(Diagnostic::error("private-target", &policy.source, target.span, error.to_string()))
    };
    targets.filter_map(problem).collect()
}
