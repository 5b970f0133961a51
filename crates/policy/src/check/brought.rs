//! What is said of the packages that a plugin brings.
//!
//! They are strangers' code, which the author of the plugin does not change, and much of it is never
//! run here: files for Node, tests, the same library once more for browsers. Every file of a package is
//! scanned, since the check does not find out which of them are run, so that a package of a hundred
//! files would have its say a hundred times. What matters is what rights it takes, and whether that can
//! be told. So of each package each code is told once, as a warning, at the first place; and of codes
//! only those of [`TOLD`]. That a file is not there, or a global, is between the package and its
//! installer: the run says so, if it comes to that.

use std::collections::{BTreeMap, BTreeSet};

use aether_source::{Diagnostic, Severity};

/// The codes that are told of packages, and what each is to whoever reviews rights.
const TOLD: &[&str] = &[
    // It wants what no plugin has, or what this one does not ask for.
    "module-blocked",
    "network-unrequested",
    "files-unrequested",
    "environment-unrequested",
    // What it wants cannot be told. (A computed import is not among these: it leads to files of the
    // package, which are scanned anyway, to another package, or to a module of the cell.)
    "dynamic-code",
    "global-computed",
    "obfuscated-code",
    "invisible-character",
];

/// What was found in packages.
#[derive(Default)]
pub(super) struct Brought {
    /// By package and code.
    first: BTreeMap<(String, &'static str), Diagnostic>,
}

impl Brought {
    /// Takes what was found in one file of the package in the folder `home`.
    pub(super) fn add(&mut self, home: &str, found: impl IntoIterator<Item = Diagnostic>) {
        let found: Vec<Diagnostic> = found.into_iter().collect();
        let blocked = found.iter().filter(|found| found.code == "module-blocked");
        let blocked: BTreeSet<_> =
            blocked.filter_map(|found| found.span).map(|s| s.start).collect();
        for diagnostic in found {
            let start = diagnostic.span.map(|span| span.start);
            // What a blocked module would need is not needed.
            let needless = diagnostic.code != "module-blocked"
                && start.is_some_and(|start| blocked.contains(&start));
            if needless || !TOLD.contains(&diagnostic.code) {
                continue;
            }
            let key = (home.to_owned(), diagnostic.code);
            let earlier =
                self.first.get(&key).is_some_and(|first| place(first) <= place(&diagnostic));
            if !earlier {
                self.first.insert(key, as_warning(diagnostic));
            }
        }
    }

    /// What is told of them.
    pub(super) fn into_diagnostics(self) -> impl Iterator<Item = Diagnostic> {
        self.first.into_values()
    }
}

fn place(diagnostic: &Diagnostic) -> (&str, Option<usize>) {
    (diagnostic.source.name(), diagnostic.span.map(|span| span.start))
}

fn as_warning(mut diagnostic: Diagnostic) -> Diagnostic {
    if diagnostic.code == "module-blocked" {
        let help = diagnostic.help.unwrap_or_default();
        diagnostic.help = Some(format!("it matters if the plugin runs this file: {help}"));
    }
    diagnostic.severity = Severity::Warning;
    diagnostic
}
