//! The files of a bundle that its entry leads to, and their scans.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use aether_manifest::Manifest;
use aether_source::{Diagnostic, Severity, Source, Span, did_you_mean, quoted};

use super::resolve::resolve;
use crate::scan::{How, Import, Scan, Specifier, Uses, scan};

/// The most files of a bundle that are scanned: their number is the sender's choice.
pub const MAX_SCANNED_FILES: usize = 2048;
/// The most bytes of a bundle that are scanned (32 MiB), all files together.
pub const MAX_SCANNED_BYTES: usize = 32 * 1024 * 1024;

/// A scanned file.
pub(super) struct Script {
    pub(super) source: Source,
    pub(super) scan: Scan,
}

/// What the walk found.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) scripts: Vec<Script>,
    pub(super) problems: Vec<Diagnostic>,
    pub(super) uses: Uses,
    /// False when a file was left out or not read to its end.
    pub(super) complete: bool,
}

/// Scans the entry and what it imports. Where the code can import what its text does not show,
/// every script of the bundle is scanned.
pub(super) fn follow(
    manifest: &Manifest,
    entry: &str,
    files: &BTreeMap<String, Arc<[u8]>>,
) -> Graph {
    let mut walk = Walk {
        files,
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
        bytes: 0,
        graph: Graph::default(),
    };
    walk.graph.complete = true;
    if files.contains_key(entry) {
        walk.enqueue(entry);
    } else {
        walk.graph.problems.push(missing_entry(manifest, entry, files));
    }
    walk.run();
    if !walk.graph.uses.is_certain() {
        let scripts = files.keys().filter(|name| is_script(name));
        scripts.for_each(|name| walk.enqueue(name));
        walk.run();
    }
    if !walk.graph.complete {
        walk.graph.problems.push(incomplete(manifest));
    }
    walk.graph
}

struct Walk<'a> {
    files: &'a BTreeMap<String, Arc<[u8]>>,
    seen: BTreeSet<String>,
    queue: VecDeque<String>,
    bytes: usize,
    graph: Graph,
}

impl Walk<'_> {
    fn enqueue(&mut self, name: &str) {
        if self.seen.contains(name) {
            return;
        }
        if self.seen.len() >= MAX_SCANNED_FILES {
            self.graph.complete = false;
            return;
        }
        self.seen.insert(name.to_owned());
        self.queue.push_back(name.to_owned());
    }

    fn run(&mut self) {
        while let Some(name) = self.queue.pop_front() {
            self.visit(&name);
        }
    }

    fn visit(&mut self, name: &str) {
        let Some(bytes) = self.files.get(name) else { return };
        self.bytes = self.bytes.saturating_add(bytes.len());
        if self.bytes > MAX_SCANNED_BYTES {
            self.graph.complete = false;
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            let source = Source::new(name, "");
            let problem = Diagnostic::error(
                "not-utf8",
                &source,
                Span::default(),
                "the file is not UTF-8 text",
            );
            self.graph.problems.push(problem.with_help("save the file as UTF-8").without_place());
            return;
        };
        let source = Source::new(name, text);
        let scan = scan(&source);
        self.graph.uses.merge(&scan.uses);
        self.graph.complete &= scan.complete;
        scan.imports.iter().for_each(|import| self.import(&source, import));
        self.graph.scripts.push(Script { source, scan });
    }

    fn import(&mut self, source: &Source, import: &Import) {
        let Some(Specifier::Relative(specifier)) = import.specifier.as_deref().map(Specifier::of)
        else {
            return;
        };
        match resolve(source.name(), specifier) {
            Some(target) if self.files.contains_key(&target) => {
                // Data is imported too; only scripts hold code.
                if !is_data(&target) {
                    self.enqueue(&target);
                }
            }
            Some(target) => self.graph.problems.push(missing(source, import, &target, self.files)),
            None => self.graph.problems.push(outside(source, import)),
        }
    }
}

fn is_script(name: &str) -> bool {
    [".js", ".mjs", ".cjs"].iter().any(|ending| name.ends_with(ending))
}

fn is_data(name: &str) -> bool {
    [".json", ".wasm", ".txt"].iter().any(|ending| name.ends_with(ending))
}

/// A static import that fails, fails the plugin.
fn severity(how: How) -> Severity {
    if how == How::Static { Severity::Error } else { Severity::Warning }
}

fn missing(
    source: &Source,
    import: &Import,
    target: &str,
    files: &BTreeMap<String, Arc<[u8]>>,
) -> Diagnostic {
    let written = import.specifier.as_deref().unwrap_or_default();
    let message = format!("{} is not in the bundle", quoted(target));
    let diagnostic =
        Diagnostic::new(severity(import.how), "import-missing", source, import.span, message);
    let appended = ["", "/index"]
        .iter()
        .flat_map(|folder| [".js", ".mjs", ".json"].map(|ending| format!("{folder}{ending}")));
    let exact =
        appended.into_iter().find(|ending| files.contains_key(&format!("{target}{ending}")));
    match exact {
        Some(ending) => diagnostic
            .with_help(format!("write the whole name: {}", quoted(&format!("{written}{ending}")))),
        None => match did_you_mean(target, files.keys().map(String::as_str)) {
            Some(near) => diagnostic.with_help(format!("did you mean the file {}?", quoted(near))),
            None => diagnostic,
        },
    }
}

fn outside(source: &Source, import: &Import) -> Diagnostic {
    let written = quoted(import.specifier.as_deref().unwrap_or_default());
    let message = format!("{written} leads out of the bundle");
    let diagnostic =
        Diagnostic::new(severity(import.how), "import-outside", source, import.span, message);
    diagnostic.with_help("put the file into the plugin's folder")
}

pub(super) fn missing_entry(
    manifest: &Manifest,
    entry: &str,
    files: &BTreeMap<String, Arc<[u8]>>,
) -> Diagnostic {
    let place = manifest.entry.as_ref().map(|entry| entry.span);
    let message = format!("the entry {} is not in the bundle", quoted(entry));
    let diagnostic =
        Diagnostic::error("entry-missing", &manifest.source, place.unwrap_or_default(), message);
    let diagnostic = if place.is_none() { diagnostic.without_place() } else { diagnostic };
    let fits = |name: &&str| is_script(name) == is_script(entry);
    match did_you_mean(entry, files.keys().map(String::as_str).filter(fits)) {
        Some(near) => diagnostic.with_help(format!("did you mean {}?", quoted(near))),
        None => diagnostic.with_help("add the file, or name another with \"entry\""),
    }
}

fn incomplete(manifest: &Manifest) -> Diagnostic {
    let message = "the bundle is too large to be checked as a whole";
    let help = "what is not checked is still held to the grant when it runs";
    Diagnostic::warning("check-incomplete", &manifest.source, Span::default(), message)
        .with_help(help)
        .without_place()
}
