//! From a grant to the rules of the egress gateway.

use aether_egress::{Private, Rule, Rules, RulesError};
use aether_manifest::{Asking, Manifest, Permission};
use aether_policy::grant::Grant;
use aether_policy::policy::{Policy, PolicyOrigin};
use aether_source::{Diagnostic, Span, quoted};

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

/// What stands in a grant and does nothing: rules that can never take effect are errors, which refuse a
/// start; places inside that no rule leads to, and hosts that no rule lets a secret go to, may be meant
/// for later.
pub(crate) fn vain(
    grant: &Grant,
    manifest: &Manifest,
    policy: Option<&Policy>,
    opened: &[Private],
) -> Vec<Diagnostic> {
    let rules = match rules(grant, policy, opened) {
        Ok(rules) => rules,
        Err(NetworkError::Vain(error)) => return vec![never(&error, manifest)],
        // Told of the policy as a whole.
        Err(_) => return Vec::new(),
    };
    let Some(policy) = policy else { return Vec::new() };
    let mut found = Vec::new();
    let name = &grant.plugin().name;
    let private: Vec<String> = rules.vain_private().map(ToString::to_string).collect();
    let targets = policy.rule_for(name).into_iter().flat_map(|rule| &rule.allow.private);
    for target in targets {
        let parsed = target.value.parse::<Private>().map(|one| one.to_string());
        if parsed.is_ok_and(|one| private.contains(&one)) {
            let text = format!("no host that `{name}` may reach is at {}", quoted(&target.value));
            found.push(without_use(policy, target.span, text));
        }
    }
    let secrets = grant.lines().filter(|line| line.permission == Permission::Secrets);
    for name in secrets.map(|line| line.resource.as_str()) {
        let Some(secret) = policy.secret(name) else { continue };
        for host in &secret.hosts {
            if rules.vain_hosts([&host.value]).next().is_some() {
                let plugin = &grant.plugin().name;
                let text = format!(
                    "no request of `{plugin}` can carry `{name}` to {}",
                    quoted(host.value.as_str())
                );
                found.push(without_use(policy, host.span, text));
            }
        }
    }
    found
}

fn never(error: &RulesError, manifest: &Manifest) -> Diagnostic {
    let domains = &manifest.permissions.domains;
    let span = domains.iter().find(|one| one.value.as_str() == error.rule()).map(|one| one.span);
    let found = Diagnostic::error(
        "rule-never",
        &manifest.source,
        span.unwrap_or_default(),
        error.to_string(),
    );
    match (NetworkError::Vain(error.clone())).help() {
        Some(help) => found.with_help(help),
        None => found,
    }
}

fn without_use(policy: &Policy, span: Span, text: String) -> Diagnostic {
    Diagnostic::warning("without-use", &policy.source, span, text)
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
