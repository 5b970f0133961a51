//! Code that needs what the manifest does not ask for.

use aether_manifest::{Compat, Manifest, Permission, manifest_line, manifest_list};
use aether_source::{Diagnostic, quoted};

use super::graph::Script;
use super::unmet::severity;
use crate::modules::Tier;
use crate::scan::{Need, Sighting, Specifier};

/// The most warnings of one need in one file: after some, the point is made.
const MAX_REPEATED: usize = 3;

pub(super) fn check(manifest: &Manifest, script: &Script) -> Vec<Diagnostic> {
    let mut found = node_fs(manifest, script);
    for need in [Need::Network, Need::Files, Need::Environment, Need::Write, Need::Variable] {
        let unmet = |sighting: &&Sighting| sighting.need == need && !is_met(manifest, sighting);
        let sightings = script.scan.sightings.iter().filter(unmet).take(MAX_REPEATED);
        found.extend(sightings.map(|sighting| warning(manifest, script, sighting)));
    }
    found
}

/// Whether the manifest asks for what is needed. Where it asks for nothing of the kind, that is
/// said of the import, and not again of each use.
fn is_met(manifest: &Manifest, sighting: &Sighting) -> bool {
    let asked = &manifest.permissions;
    match sighting.need {
        Need::Network => !asked.domains.is_empty(),
        Need::Files => !asked.read.is_empty() || !asked.write.is_empty(),
        Need::Environment => !asked.environment.is_empty(),
        Need::Write => !asked.write.is_empty() || asked.read.is_empty(),
        Need::Variable => {
            let named = asked.environment.iter().any(|name| name.value.as_str() == sighting.word);
            named || asked.environment.is_empty()
        }
    }
}

fn warning(manifest: &Manifest, script: &Script, sighting: &Sighting) -> Diagnostic {
    let word = quoted(&sighting.word);
    let (code, message, permission, example) = match sighting.need {
        Need::Network => (
            "network-unrequested",
            format!("{word} reaches the network, but the manifest asks for no domain"),
            Permission::NetworkDomains,
            "api.example.com",
        ),
        Need::Files => (
            "files-unrequested",
            format!("{word} reaches files, but the manifest asks for none"),
            Permission::FilesystemRead,
            "./input/**",
        ),
        Need::Environment => (
            "environment-unrequested",
            format!("{word} reads variables, but the manifest asks for none"),
            Permission::Environment,
            "LANG",
        ),
        Need::Write => (
            "files-unrequested",
            format!("{word} changes files, but the manifest asks to read only"),
            Permission::FilesystemWrite,
            "./out/",
        ),
        Need::Variable => (
            "environment-unrequested",
            format!("{word} is not among the variables that the manifest asks for"),
            Permission::Environment,
            sighting.word.as_str(),
        ),
    };
    let line = if sighting.need == Need::Variable {
        let asked = manifest.permissions.environment.iter().map(|name| name.value.as_str());
        manifest_list(permission, asked.chain([example]))
    } else {
        manifest_line(permission, example)
    };
    let help = format!("ask for what is needed, such as {line}");
    Diagnostic::warning(code, &script.source, sighting.span, message).with_help(help)
}

/// `node:fs` without the opt-in is a blocked module.
fn node_fs(manifest: &Manifest, script: &Script) -> Vec<Diagnostic> {
    if manifest.has_compat(Compat::NodeFs) {
        return Vec::new();
    }
    let blocked = script.scan.imports.iter().filter_map(|import| {
        let name = import.specifier.as_deref()?;
        let Specifier::Node(module) = Specifier::of(name) else { return None };
        let severity = severity(import.how);
        let message = format!("the module {} is blocked", quoted(name));
        let diagnostic =
            Diagnostic::new(severity, "module-blocked", &script.source, import.span, message);
        (module.tier == Tier::Virtualised).then(|| diagnostic.with_help(module.alternative))
    });
    blocked.take(MAX_REPEATED).collect()
}
