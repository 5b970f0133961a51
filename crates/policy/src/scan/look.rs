//! What the rules write to while they walk the tokens.

use std::collections::{HashMap, HashSet};

use aether_source::{Diagnostic, Problems, Severity, Source, Span};

use super::format::Format;
use super::uses::Uses;
use super::view::View;

/// The most imports and, separately, sightings that are kept of one file: a file of nothing but
/// imports must not become a hundred times its size in memory.
pub const MAX_KEPT: usize = 4096;

/// An import found in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The module's name, or nothing when it is computed.
    pub specifier: Option<String>,
    /// How it is imported.
    pub how: How,
    /// The place of the name (of the whole call for a computed one).
    pub span: Span,
}

/// The ways to import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum How {
    /// `import … from`, `export … from`: failing, it fails the whole plugin.
    Static,
    /// `import()`
    Dynamic,
    /// `require()`, which only CommonJS has. Failing, it may have stood in a `try`, or in a branch
    /// that is never taken.
    Require,
}

/// A place where the code seems to use something that needs a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// What is needed.
    pub need: Need,
    /// What stands there, for messages: `fetch`, `aether:fs`.
    pub word: String,
    /// Where.
    pub span: Span,
}

/// The requests that code can be seen to need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// `permissions.network.domains`
    Network,
    /// `permissions.filesystem`
    Files,
    /// `permissions.environment`
    Environment,
    /// `permissions.filesystem.write`
    Write,
    /// `permissions.environment`, with the very name that the sighting's word is.
    Variable,
}

/// What a name of the file was imported as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The module of files.
    Files,
    /// The module of variables.
    Variables,
    /// `get` of the module of variables.
    Get,
}

/// The tokens, and what was found in them so far.
pub(crate) struct Look<'a> {
    pub(crate) source: &'a Source,
    pub(crate) view: View<'a>,
    pub(crate) format: Format,
    pub(crate) problems: Problems,
    pub(crate) imports: Vec<Import>,
    pub(crate) sightings: Vec<Sighting>,
    pub(crate) uses: Uses,
    /// Names that the file itself declares and that thereby are not the global ones.
    pub(crate) declared: HashSet<String>,
    /// Names that stand for modules that reach something, or for functions of these.
    pub(crate) bound: HashMap<String, Bound>,
    /// Whether something is exported.
    pub(crate) exports: bool,
    /// False once something was left out.
    pub(crate) complete: bool,
}

impl Look<'_> {
    /// Notes a problem that may not hurt; `make` gives message and help.
    pub(crate) fn warn(&mut self, code: &'static str, span: Span, message: &str, help: &str) {
        let source = self.source;
        self.problems.push_with(Severity::Warning, || {
            Diagnostic::warning(code, source, span, message).with_help(help)
        });
    }

    /// Notes that the code makes code out of text.
    pub(crate) fn dynamic_code(&mut self, span: Span, what: &str) {
        self.uses.dynamic_code = true;
        let message = format!("{what}: code made from text cannot be checked before it runs");
        self.warn(
            "dynamic-code",
            span,
            &message,
            "write the code out, or choose between functions by name",
        );
    }

    pub(crate) fn import(&mut self, specifier: Option<&str>, how: How, span: Span) {
        if self.imports.len() < MAX_KEPT {
            self.imports.push(Import { specifier: specifier.map(str::to_owned), how, span });
        } else {
            self.complete = false;
        }
    }

    pub(crate) fn sighting(&mut self, need: Need, word: &str, span: Span) {
        match need {
            Need::Network => self.uses.network = true,
            Need::Files => self.uses.files = true,
            Need::Environment => self.uses.environment = true,
            Need::Write | Need::Variable => {}
        }
        if self.sightings.len() < MAX_KEPT {
            self.sightings.push(Sighting { need, word: word.to_owned(), span });
        } else {
            self.complete = false;
        }
    }
}
