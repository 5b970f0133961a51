//! Requests and grants as text that is the same for the same content, and its digest.

use aether_manifest::{Limit, Manifest, Rates, Resources};
use aether_path::VirtualPath;

use super::input::{Input, Mount};
use super::line::Line;
use crate::policy::amount;

/// The digest of what a person is asked for: every line, the limits, the layers, and the folders
/// that are not what their virtual names say. A person who agreed to one request has not agreed to
/// any other. The working folder counts where the request reaches into it: what was agreed to in
/// one folder is not agreed to in another.
pub(super) fn request(manifest: &Manifest, lines: &[Line], mounts: &[Mount]) -> String {
    let mut records = records(manifest, lines, &manifest.resources);
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
    digest("aether request 1", records)
}

/// The digest of a grant.
pub(super) fn grant(
    input: &Input<'_>,
    lines: &[Line],
    private: &[String],
    limits: &Resources,
    rates: &Rates,
) -> String {
    let mut records = records(input.manifest, lines, limits);
    records.push(record(&["plugin", &input.identity.digest]));
    for (of, rates) in [("policy", rates), ("manifest", &limits.rates)] {
        records.extend(rates.shown().map(|(what, text)| record(&["rate", of, what, &text])));
    }
    records.extend(private.iter().map(|target| record(&["private", target])));
    digest("aether grant 1", records)
}

fn records(manifest: &Manifest, lines: &[Line], limits: &Resources) -> Vec<String> {
    let rights = lines.iter().map(|line| record(&[line.permission.as_str(), &line.resource]));
    let limits = Limit::ALL
        .into_iter()
        .map(|limit| record(&["limit", limit.as_str(), &amount(limits, limit).to_string()]));
    let layers = manifest.compat.iter().map(|layer| record(&["compat", layer.value.as_str()]));
    rights.chain(limits).chain(layers).collect()
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
