//! The scan of one file.

use std::collections::{HashMap, HashSet};

use aether_source::{Diagnostic, Problems, Source, Span};

use super::format::{Format, is_module};
use super::lexer::{MAX_TOKENS, tokenize};
use super::look::{Import, Look, Sighting};
use super::uses::Uses;
use super::view::View;
use super::{rules, types};

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
    /// How the file is run.
    pub format: Format,
    /// Whether something is exported, as far as was looked.
    pub exports: bool,
    /// False when the file was too large to be read to its end, or held more than is kept.
    pub complete: bool,
}

/// Scans one file as an ES module. Never fails: a file that cannot be scanned says so in a
/// diagnostic.
pub fn scan(source: &Source) -> Scan {
    scan_as(source, Format::Module)
}

/// Scans one file as what its name and its `package.json` say that it is; what it contains may say
/// that it is an ES module all the same. By its name it is told whether it has types.
pub fn scan_as(source: &Source, format: Format) -> Scan {
    let text = source.text();
    if text.len() > MAX_SCRIPT {
        let message =
            format!("the file has {} bytes; at most {MAX_SCRIPT} are scanned", text.len());
        return unscanned(source, message);
    }
    if !types::has_types(source.name()) {
        return look_through(source, text, format);
    }
    let (text, complete) = types::erased(text);
    let mut scan = look_through(source, &text, format);
    scan.complete &= complete;
    scan
}

/// Looks through the text that is run of a file, in which everything has the place that it has there.
fn look_through(source: &Source, text: &str, format: Format) -> Scan {
    let tokens = tokenize(text);
    let view = View::new(text, &tokens.list);
    let is_module = format == Format::Module || is_module(view);
    let mut look = Look {
        source,
        view,
        format: if is_module { Format::Module } else { Format::CommonJs },
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
        format: look.format,
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
