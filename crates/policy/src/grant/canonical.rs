//! Requests and grants as text that is the same for the same content, and its digest.

use aether_manifest::{JsEngine, Limit, Resources};
use aether_path::VirtualPath;

use super::engine::Engine;
use super::input::Input;
use super::line::Line;
use super::request::Request;
use crate::policy::{Isolation, Rule, amount};

/// The digest of what a person is asked for: every line, the limits, the layers, the engine, and
/// the folders that are not what their virtual names say. A person who agreed to one request has not
/// agreed to any other. The working folder counts where the request reaches into it: what was agreed
/// to in one folder is not agreed to in another.
pub(super) fn request(input: &Input<'_>, lines: &[Line]) -> String {
    let (manifest, mounts) = (input.manifest, input.mounts);
    let rule = input.policy.and_then(|policy| policy.rule_for(&input.identity.name));
    let mut records = records(input, lines, &manifest.resources);
    let in_workspace = lines.iter().filter_map(|line| line.right.files());
    let in_workspace = in_workspace.map(|pattern| pattern.root()).any(|root| {
        let workspace = VirtualPath::workspace();
        root.starts_with(&workspace) || workspace.starts_with(&root)
    });
    let hidden = mounts.iter().filter(|mount| {
        let workspace = in_workspace && mount.root == VirtualPath::workspace();
        workspace || (!mount.typed_by_person && mount.host != mount.root.as_str())
    });
    records.extend(hidden.map(|mount| record(&["mount", mount.root.as_str(), &mount.host])));
    // What nobody looks at is agreed to as such.
    records.extend(rule.into_iter().flat_map(unreviewed));
    digest("aether request 1", records)
}

/// The digest of a grant.
pub(super) fn grant(
    input: &Input<'_>,
    request: &Request,
    rule: Option<&Rule>,
    limits: &Resources,
) -> String {
    let mut records = records(input, &request.lines, limits);
    records.push(record(&["plugin", &input.identity.digest]));
    let by_policy = rule.map(|rule| ("policy", &rule.rates));
    for (of, rates) in by_policy.into_iter().chain([("manifest", &limits.rates)]) {
        records.extend(rates.shown().map(|(what, text)| record(&["rate", of, what, &text])));
    }
    if let Some(rule) = rule {
        let private = rule.allow.private.iter();
        records.extend(private.map(|target| record(&["private", &target.value])));
        records.extend(unreviewed(rule));
        if rule.isolation != Isolation::Process {
            records.push(record(&["isolation", rule.isolation.as_str()]));
        }
        // The first that is for a wish decides, so their order counts.
        let lines = rule.elevation.iter().enumerate();
        records
            .extend(lines.map(|(index, line)| {
                record(&["elevation", &index.to_string(), &line.to_string()])
            }));
    }
    digest("aether grant 1", records)
}

/// Where what a plugin changes is changed on disk without anybody having looked at it.
fn unreviewed(rule: &Rule) -> impl Iterator<Item = String> {
    let commit = rule.commit.iter().map(|at| record(&["commit", at.value.as_str()]));
    commit.chain(rule.direct.iter().map(|at| record(&["direct", at.value.as_str()])))
}

fn records(input: &Input<'_>, lines: &[Line], limits: &Resources) -> Vec<String> {
    let rights = lines.iter().map(|line| record(&[line.permission.as_str(), &line.resource]));
    let limits = Limit::ALL
        .into_iter()
        .map(|limit| record(&["limit", limit.as_str(), &amount(limits, limit).to_string()]));
    let layers = input.manifest.compat.iter();
    let layers = layers.map(|layer| record(&["compat", layer.value.as_str()]));
    rights.chain(limits).chain(layers).chain(engine(Engine::of(input))).collect()
}

/// What is not as it is where nobody says a word, so that what was agreed to before there was a choice
/// of engines holds on.
fn engine(engine: Option<Engine>) -> impl Iterator<Item = String> {
    let Engine { kind, jit, debug } = engine.unwrap_or_default();
    let kind = (kind != JsEngine::default()).then(|| record(&["engine", kind.as_str()]));
    let jit = jit.then(|| record(&["jit", "allow"]));
    let debug = debug.then(|| record(&["debug", "allow"]));
    [kind, jit, debug].into_iter().flatten()
}

/// One line of JSON: what the parts hold cannot look like another record.
fn record(parts: &[&str]) -> String {
    serde_json::Value::from(parts.to_vec()).to_string()
}

fn digest(purpose: &str, mut records: Vec<String>) -> String {
    records.sort_unstable();
    records.dedup();
    let text = format!("{purpose}\n{}\n", records.join("\n"));
    format!("b3:{}", blake3::hash(text.as_bytes()).to_hex())
}
