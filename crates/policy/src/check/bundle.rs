//! The check as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use aether_manifest::{Entry, Manifest, Runtime};
use aether_source::Diagnostic;

use super::{breadth, graph, needs, unused};

/// Checks a bundle's files, by their names within the bundle, against its manifest. Everything
/// found comes at once: what will fail when the plugin is loaded is an error, the rest are
/// warnings. For plugins that are not JavaScript only the request is looked at.
///
/// This is advice: an empty answer grants nothing, and the gateway enforces whatever the answer is.
pub fn check_bundle(manifest: &Manifest, files: &BTreeMap<String, Arc<[u8]>>) -> Vec<Diagnostic> {
    let mut found = breadth::check(manifest);
    if let (Runtime::Javascript, Entry::File(entry)) =
        (manifest.runtime_or_default(), manifest.entry_or_default())
    {
        let scanned = graph::follow(manifest, &entry, files);
        for script in &scanned.scripts {
            found.extend(script.scan.diagnostics.iter().cloned());
            found.extend(needs::check(manifest, script));
        }
        found.extend(scanned.problems);
        found.extend(unused::check(manifest, &scanned.uses, scanned.complete));
    }
    in_order(found)
}

/// By file, then by place; what is about a whole file comes first.
fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by(|left, right| {
        let key = |diagnostic: &Diagnostic| diagnostic.span.map(|span| span.start);
        left.source.name().cmp(right.source.name()).then(key(left).cmp(&key(right)))
    });
    found
}
