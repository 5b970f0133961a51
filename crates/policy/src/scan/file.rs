//! The scan of one file.

use std::collections::{HashMap, HashSet};

use aether_source::{Diagnostic, Problems, Source, Span};

use super::lexer::{MAX_TOKENS, tokenize};
use super::look::{Import, Look, Sighting};
use super::rules;
use super::uses::Uses;
use super::view::View;

/// The longest file that is scanned (8 MiB): a host checks bundles before it trusts them, so their
/// size is the sender's choice.
pub const MAX_SCRIPT: usize = 8 * 1024 * 1024;

/// What the scan of a file found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Problems that need neither bundle nor manifest to be seen, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The imports, in the order of the text.
    pub imports: Vec<Import>,
    /// Places that need a request, in the order of the text.
    pub sightings: Vec<Sighting>,
    /// The summary.
    pub uses: Uses,
    /// Whether something is exported, as far as was looked.
    pub exports: bool,
    /// False when the file was too large to be read to its end, or held more than is kept.
    pub complete: bool,
}

/// Scans one file as an ES module. Never fails: a file that cannot be scanned says so in a
/// diagnostic.
pub fn scan(source: &Source) -> Scan {
    let text = source.text();
    if text.len() > MAX_SCRIPT {
        let message =
            format!("the file has {} bytes; at most {MAX_SCRIPT} are scanned", text.len());
        return unscanned(source, message);
    }
    let tokens = tokenize(text);
    let mut look = Look {
        source,
        view: View::new(text, &tokens.list),
        problems: Problems::new(),
        imports: Vec::new(),
        sightings: Vec::new(),
        uses: Uses::default(),
        declared: HashSet::new(),
        bound: HashMap::new(),
        exports: false,
        complete: tokens.complete,
    };
    rules::apply(&mut look);
    if !tokens.complete {
        let message =
            format!("the file has more than {MAX_TOKENS} tokens; the rest is not scanned");
        look.problems.push(too_large(source, message));
    }
    Scan {
        diagnostics: look.problems.into_vec(source),
        imports: look.imports,
        sightings: look.sightings,
        uses: look.uses,
        exports: look.exports,
        complete: look.complete,
    }
}

fn unscanned(source: &Source, message: String) -> Scan {
    // What is not seen may be anything.
    let uses = Uses { dynamic_code: true, computed_import: true, ..Uses::default() };
    Scan { diagnostics: vec![too_large(source, message)], uses, complete: false, ..Scan::default() }
}

fn too_large(source: &Source, message: String) -> Diagnostic {
    let help = "split the file; what is not scanned is still held to the grant when it runs";
    Diagnostic::warning("script-too-large", source, Span::default(), message)
        .with_help(help)
        .without_place()
}
