//! The check as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use aether_manifest::{Entry, Manifest, Runtime};
use aether_source::{Diagnostic, Span, quoted};

use super::brought::Brought;
use super::graph::Graph;
use super::{breadth, graph, needs, unused};
use crate::scan::{Format, Uses};

/// What the check of a bundle found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// Everything that is wrong or careless, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// What the code seems to use; empty for plugins that are not JavaScript.
    pub uses: Uses,
    /// False when part of the code was too large to be looked at.
    pub complete: bool,
}

/// Checks a bundle's files, by their names within the bundle, against its manifest. Everything
/// found comes at once: what will fail when the plugin is loaded is an error, the rest are
/// warnings. For plugins that are not JavaScript only the request is looked at.
///
/// This is advice: an empty answer grants nothing, and the gateway enforces whatever the answer is.
pub fn check_bundle(manifest: &Manifest, files: &BTreeMap<String, Arc<[u8]>>) -> Vec<Diagnostic> {
    inspect_bundle(manifest, files).diagnostics
}

/// Like [`check_bundle`], with the summary of what the code uses.
pub fn inspect_bundle(manifest: &Manifest, files: &BTreeMap<String, Arc<[u8]>>) -> Inspection {
    let mut diagnostics = breadth::check(manifest);
    let (mut uses, mut complete) = (Uses::default(), true);
    let entry = (manifest.runtime_or_default(), manifest.entry_or_default());
    match entry {
        (Runtime::Javascript, Entry::File(entry)) => {
            let graph = graph::follow(manifest, &entry, files);
            let mut brought = Brought::default();
            for script in &graph.scripts {
                let found = script.scan.diagnostics.iter().cloned();
                let found = found.chain(needs::check(manifest, script));
                match script.home() {
                    None => diagnostics.extend(found),
                    Some(home) => brought.add(home, found),
                }
            }
            diagnostics.extend(brought.into_diagnostics());
            diagnostics.extend(exports_nothing(&graph, &entry));
            diagnostics.extend(graph.problems);
            diagnostics.extend(unused::check(manifest, &graph.uses, graph.complete));
            (uses, complete) = (graph.uses, graph.complete);
        }
        (Runtime::Wasm, Entry::File(entry)) if !files.contains_key(&entry) => {
            diagnostics.push(graph::missing_entry(manifest, &entry, files));
        }
        _ => {}
    }
    diagnostics.extend(missing_panel(manifest, files));
    Inspection { diagnostics: in_order(diagnostics), uses, complete }
}

/// The page that an app would show is not there.
fn missing_panel(manifest: &Manifest, files: &BTreeMap<String, Arc<[u8]>>) -> Option<Diagnostic> {
    let panel = manifest.panel.as_ref().filter(|panel| !files.contains_key(&panel.value))?;
    let message = format!("the panel {} is not in the plugin's folder", quoted(&panel.value));
    let problem = Diagnostic::error("panel-missing", &manifest.source, panel.span, message);
    Some(problem.with_help("write the page, or take `panel` out"))
}

/// A method is an exported function: without an export there is none to call.
fn exports_nothing(graph: &Graph, entry: &str) -> Option<Diagnostic> {
    let script = graph.scripts.iter().find(|script| script.source.name() == entry)?;
    if script.scan.exports || !script.scan.complete {
        return None;
    }
    let message = format!("the entry {} exports nothing, so it has no method", quoted(entry));
    let help = match script.scan.format {
        Format::Module => "export a function: export default function run(input, ctx) { … }",
        Format::CommonJs => "export a function: exports.run = function run(input, ctx) { … }",
    };
    let problem = Diagnostic::warning("exports-nothing", &script.source, Span::default(), message);
    Some(problem.with_help(help).without_place())
}

/// By file, then by place; what is about a whole file comes first.
fn in_order(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by(|left, right| {
        let key = |diagnostic: &Diagnostic| diagnostic.span.map(|span| span.start);
        left.source.name().cmp(right.source.name()).then(key(left).cmp(&key(right)))
    });
    found
}
