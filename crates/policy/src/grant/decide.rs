//! The decision.

use aether_source::quoted;

use super::canonical;
use super::changes::{Changes, text};
use super::granted::Grant;
use super::input::Input;
use super::judge::{Judge, shows_host};
use super::limits::{effective, raised};
use super::mounts::reaches;
use super::objection::Objection;
use super::refusal::{Refusal, RefusalKind, Refused};
use super::request::Request;
use super::review::{AskReason, Review};
use crate::policy::{ConsentMode, Policy, Rule};

/// The answer to a request.
#[derive(Clone, Debug)]
pub enum Decision {
    /// Everything that was requested is granted.
    Granted(Box<Grant>),
    /// The plugin is not started.
    Refused(Refused),
    /// A person has to answer.
    Ask(Box<Review>),
}

/// Decides on a start: request ∩ policy ∩ consent, within the window. Pure: the same input gives
/// the same answer.
///
/// - A plugin that asks for nothing (no permission and no limit above its default) needs no policy
///   and no person. An entry for it still counts: its digest, window, ceilings and wish for
///   consent.
/// - With a policy, each request must be covered by the one entry that governs the plugin.
/// - Without a policy a person is asked, unless one agreed to exactly this before; with nobody to
///   ask it is refused.
/// - A JavaScript plugin that names its engine runs in no other, and only in one that the policy has
///   among those that may be had; what the engine may beyond that is the policy's alone to say.
/// - What the kernel shows of the host's own process is refused, whoever allows it.
pub fn decide(input: &Input<'_>) -> Decision {
    let mut request = Request::of(input.manifest, input.narrowing);
    match input.policy {
        Some(policy) => with_policy(input, policy, &mut request),
        None => without_policy(input, request),
    }
}

fn with_policy(input: &Input<'_>, policy: &Policy, request: &mut Request) -> Decision {
    let rule = policy.rule_for(&input.identity.name);
    let judge = Judge { input, policy, rule };
    let mut objections = judge.objections(request);
    let consented = rule.is_none_or(|rule| rule.consent == ConsentMode::Granted)
        || is_remembered(input, request);
    if !consented && input.unattended {
        objections.push(judge.consent());
    }
    if !objections.is_empty() {
        return Decision::Refused(refused(input, rule, objections));
    }
    let grant = grant(input, request, rule);
    if consented {
        Decision::Granted(Box::new(grant))
    } else {
        ask(input, request, AskReason::PolicyAsks, grant)
    }
}

fn without_policy(input: &Input<'_>, request: Request) -> Decision {
    let barred: Vec<Objection> =
        request.lines.iter().filter_map(|line| shows_host(line, input)).collect();
    if !barred.is_empty() {
        return Decision::Refused(refused(input, None, barred));
    }
    let nothing = request.lines.is_empty() && raised(input.manifest).next().is_none();
    if nothing || is_remembered(input, &request) {
        return Decision::Granted(Box::new(grant(input, &request, None)));
    }
    if input.unattended {
        return Decision::Refused(no_policy(input, &request));
    }
    let grant = grant(input, &request, None);
    ask(input, &request, AskReason::NoPolicy, grant)
}

fn ask(input: &Input<'_>, request: &Request, reason: AskReason, grant: Grant) -> Decision {
    let digest = canonical::request(input, &request.lines);
    Decision::Ask(Box::new(Review::new(input, reason, digest, grant)))
}

fn grant(input: &Input<'_>, request: &Request, rule: Option<&Rule>) -> Grant {
    let limits = effective(input.manifest, input.policy, rule);
    Grant::new(input, request, rule, limits)
}

/// A person agreed to exactly this, or to the whole request of which a step leaves a part.
fn is_remembered(input: &Input<'_>, request: &Request) -> bool {
    let Some(consents) = input.consents else { return false };
    let whole = Request::of(input.manifest, None);
    [request, &whole].into_iter().any(|request| {
        let digest = canonical::request(input, &request.lines);
        consents.find(&input.identity.digest, &digest).is_some()
    })
}

fn refused(input: &Input<'_>, rule: Option<&Rule>, objections: Vec<Objection>) -> Refused {
    let plugin = &input.identity.name;
    let mut changes = Changes::default();
    objections.iter().for_each(|objection| changes.join(objection.changes.clone()));
    let policy = (!changes.is_empty()).then(|| changes.lines(plugin, input.policy, rule));
    let refusals =
        objections.into_iter().map(|one| one.into_refusal(plugin, input.policy, rule)).collect();
    let policy_file = input.policy.map(|policy| policy.source.name().to_owned());
    Refused { refusals, policy, policy_file }
}

/// Nobody to ask and nothing that allows it: one refusal with a whole policy.
fn no_policy(input: &Input<'_>, request: &Request) -> Refused {
    let policy = policy_for(input, request);
    let limit = raised(input.manifest).next();
    let wish = match (request.lines.first(), limit) {
        (None, _) => "a limit above the default",
        (Some(_), None) => "permissions",
        (Some(_), Some(_)) => "permissions and a limit above the default",
    };
    let of_limit = || input.manifest.resources.place_of(limit?);
    let refusal = Refusal {
        kind: RefusalKind::NoPolicy,
        what: format!("the plugin {}", quoted(&input.identity.name)),
        why: format!("it asks for {wish}, there is no policy, and there is nobody to ask"),
        source: input.manifest.source.clone(),
        span: request.lines.first().map(|line| line.span).or_else(of_limit),
        advice:
            "review the request, save the policy as aether-policy.yaml, and name it with --policy"
                .to_owned(),
        fix: Some(policy.clone()),
    };
    Refused { refusals: vec![refusal], policy: Some(policy), policy_file: None }
}

/// A whole policy that allows exactly the request.
fn policy_for(input: &Input<'_>, request: &Request) -> String {
    let manifest = input.manifest;
    let mut changes = Changes::default();
    for line in &request.lines {
        changes = changes.allow(line.permission, &line.resource);
        let reaches = line.right.files().map(|pattern| reaches(pattern, input.mounts));
        let hidden = reaches.into_iter().flatten().filter(|reach| !reach.is_plain());
        for host in hidden.filter_map(|reach| reach.host) {
            changes = changes.allow(line.permission, host.as_str());
        }
    }
    for limit in raised(manifest) {
        changes = changes.limit(limit, manifest.resources.show(limit));
    }
    let digest = text(&input.identity.digest);
    format!(
        "version: 1\n{}    # To allow this version alone, add:\n    # digest: {digest}\n",
        changes.lines(&input.identity.name, None, None)
    )
}
