//! What is said of imports that lead nowhere.

use aether_source::{Diagnostic, Severity, Source, did_you_mean, quoted};

use super::files::{Files, folder, package_name};
use super::packages::Packages;
use super::resolve::resolve;
use crate::modules::provided_names;
use crate::scan::{How, Import};

/// The most misspelt names for which near ones are looked for: that takes time for every file of the
/// bundle.
const MAX_GUESSES: usize = 100;

/// Endings of compiled files, and those of the files that they are compiled from.
const COMPILED: &[(&str, &str)] = &[(".js", ".ts"), (".mjs", ".mts"), (".cjs", ".cts")];

/// What is behind the words: the bundle, and how many guesses are left.
pub(super) struct Unmet<'a> {
    files: &'a Files,
    guesses: usize,
}

/// A static import that fails, fails the plugin; the other kinds may stand in a `try`.
pub(super) fn severity(how: How) -> Severity {
    if how == How::Static { Severity::Error } else { Severity::Warning }
}

impl<'a> Unmet<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        Unmet { files, guesses: MAX_GUESSES }
    }

    /// A relative name without a file.
    pub(super) fn file(&mut self, source: &Source, import: &Import, target: &str) -> Diagnostic {
        let written = written(import);
        let message = format!("{} is not in the bundle", quoted(target));
        let diagnostic = told(source, import, "import-missing", message);
        if let Some(ending) = self.ending(target) {
            let whole = quoted(&format!("{written}{ending}"));
            return diagnostic.with_help(format!("write the whole name: {whole}"));
        }
        if let Some(typed) = self.typed(target, written) {
            let help =
                format!("did you mean {}? names are taken as they are written", quoted(&typed));
            return diagnostic.with_help(help);
        }
        match self.guess(target, self.files.keys().map(String::as_str)) {
            Some(near) => diagnostic.with_help(format!("did you mean the file {}?", quoted(near))),
            None => diagnostic,
        }
    }

    /// A relative name that leads out.
    pub(super) fn outside(source: &Source, import: &Import) -> Diagnostic {
        let message = format!("{} leads out of the bundle", quoted(written(import)));
        let diagnostic = told(source, import, "import-outside", message);
        diagnostic.with_help("put the file into the plugin's folder")
    }

    /// A bare name without a package.
    pub(super) fn package(
        &mut self,
        source: &Source,
        import: &Import,
        packages: &Packages<'_>,
    ) -> Diagnostic {
        let name = written(import);
        let beside = resolve(source.name(), name).filter(|file| self.files.contains_key(file));
        let message = format!("there is no module {}", quoted(name));
        let diagnostic = told(source, import, "module-unknown", message);
        if beside.is_some() {
            return diagnostic.with_help(format!("did you mean {}?", quoted(&format!("./{name}"))));
        }
        let known: Vec<String> = provided_names().collect();
        let installed = packages.names(folder(source.name()));
        let package = package_name(name).map(|(package, _)| package);
        let near = self
            .guess(name, known.iter().map(String::as_str))
            .or_else(|| self.guess(package?, installed));
        if let Some(near) = near {
            return diagnostic.with_help(format!("did you mean {}?", quoted(near)));
        }
        let Some(package) = package else {
            return diagnostic.with_help("a package's name has letters, digits, `-`, `_` and `.`");
        };
        let install = quoted(&format!("npm install {package}"));
        diagnostic.with_help(format!(
            "a package must be in the plugin's own `node_modules`: {install} in the plugin's folder"
        ))
    }

    /// A `#name` that no `package.json` has.
    pub(super) fn internal(source: &Source, import: &Import) -> Diagnostic {
        let message = format!("there is no module {}", quoted(written(import)));
        told(source, import, "module-unknown", message).with_help(
            "names with `#` stand under \"imports\" of a `package.json` in the file's folder or above",
        )
    }

    /// What lacks at the end of a name that has no file.
    fn ending(&self, target: &str) -> Option<String> {
        let endings = ["", "/index"].iter().flat_map(|folder| {
            [".js", ".mjs", ".json", ".ts", ".mts"].map(|ending| format!("{folder}{ending}"))
        });
        let mut endings = endings;
        endings.find(|ending| self.files.contains_key(&format!("{target}{ending}")))
    }

    /// The name with the ending that the file has before it is compiled.
    fn typed(&self, target: &str, written: &str) -> Option<String> {
        COMPILED.iter().find_map(|(compiled, typed)| {
            let file = format!("{}{typed}", target.strip_suffix(compiled)?);
            let written = format!("{}{typed}", written.strip_suffix(compiled)?);
            self.files.contains_key(&file).then_some(written)
        })
    }

    fn guess<'c>(
        &mut self,
        word: &str,
        candidates: impl Iterator<Item = &'c str>,
    ) -> Option<&'c str> {
        self.guesses = self.guesses.checked_sub(1)?;
        did_you_mean(word, candidates)
    }
}

fn written(import: &Import) -> &str {
    import.specifier.as_deref().unwrap_or_default()
}

fn told(source: &Source, import: &Import, code: &'static str, message: String) -> Diagnostic {
    Diagnostic::new(severity(import.how), code, source, import.span, message)
}
