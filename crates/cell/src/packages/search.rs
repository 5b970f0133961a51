//! One search: whose it is, what it may cost, and the steps that `import` and `require` share.

use std::rc::Rc;

use super::config::{Memo, Package};
use super::path;
use super::problem::{Answer, INVALID_CONFIG, INVALID_SPECIFIER, shown};
use super::{Files, Found, Problem, Refused};

/// Longest specifier, in bytes. Stops megabyte names in messages and requests.
const SPECIFIER_BYTES: usize = 2 << 10;

/// Longest path, in bytes.
pub(super) const PATH_BYTES: usize = 4 << 10;

/// Deepest file that may import, in folders; a bundle has at most 32. Each is one question to the host.
const FOLDERS: usize = 64;

/// Entries of `exports` and `imports` and folders that one search may look at. Without it, a list of
/// names of which each leads to a package with a list would multiply.
const STEPS: usize = 100_000;

/// How a specifier came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Import,
    Require,
    /// `require`, once more, since what it found is an ES module.
    RequireOnly,
}

impl By {
    /// What `exports` and `imports` are read for, but for `default`, which always holds. As for
    /// workerd, which has web APIs and neither Node's modules nor a document either: `node` would lead
    /// to files that need modules which are blocked here, while most files for `browser` need only
    /// web APIs, and packages whose `browser` file needs a document list `worker` before it.
    pub(super) const fn conditions(self) -> &'static [&'static str] {
        match self {
            Self::Import => &["aether", "worker", "browser", "import"],
            Self::Require => &["aether", "worker", "browser", "require"],
            Self::RequireOnly => &["aether", "require"],
        }
    }

    pub(super) fn is_import(self) -> bool {
        self == Self::Import
    }

    /// Node's codes differ, and packages that try an optional dependency compare them.
    pub(super) fn not_found(self) -> &'static str {
        if self.is_import() { "ERR_MODULE_NOT_FOUND" } else { "MODULE_NOT_FOUND" }
    }
}

/// One search for what a specifier names.
pub(super) struct Search<'a, F> {
    files: &'a mut F,
    memo: &'a mut Memo,
    builtin: fn(&str) -> bool,
    pub(super) by: By,
    /// The file that asks.
    pub(super) base: &'a str,
    /// What it asks for, as it stands there.
    pub(super) specifier: &'a str,
    steps: usize,
}

/// What a specifier leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A file that was looked for and is there.
    Seen(String),
    /// A path at which there may be a file.
    File(String),
    Builtin(String),
}

impl<'a, F: Files> Search<'a, F> {
    /// Begins a search for what `specifier` names in the file `base`.
    ///
    /// # Errors
    /// [`Refused`] for what is too long or too deep to be looked at.
    pub(super) fn new(
        files: &'a mut F,
        memo: &'a mut Memo,
        builtin: fn(&str) -> bool,
        by: By,
        base: &'a str,
        specifier: &'a str,
    ) -> Result<Self, Refused> {
        if specifier.len() > SPECIFIER_BYTES {
            return Err(Refused::new(INVALID_SPECIFIER, "a module name is too long".into()));
        }
        let refused =
            |what: &str| Refused::new(by.not_found(), format!("`{}` {what}", shown(base)));
        if base.len() > PATH_BYTES || base.split('/').count() > FOLDERS {
            return Err(refused("lies too deep in the bundle"));
        }
        if path::follow("", base, "").as_deref() != Ok(base) {
            return Err(refused("is no path in a bundle"));
        }
        Ok(Self { files, memo, builtin, by, base, specifier, steps: STEPS })
    }

    /// Whether a bare name is a module of the runtime.
    pub(super) fn is_builtin(&self, name: &str) -> bool {
        (self.builtin)(name)
    }

    /// Node's `LOOKUP_PACKAGE_SCOPE`: the nearest `package.json` above a file, with its folder.
    pub(super) fn scope(&mut self, file: &str) -> Answer<Option<(String, Rc<Package>)>, F> {
        for folder in path::upwards(path::folder(file)) {
            if path::is_modules(folder) {
                break;
            }
            if let Some(package) = self.config(folder)? {
                return Ok(Some((folder.to_owned(), package)));
            }
        }
        Ok(None)
    }

    /// The file that a package without `exports` begins with: `main`, with or without its extension
    /// or as a folder, and else `index.js` or `index.json`. As for Node, except that `main` has to stay
    /// in the package; the `package.json` of a folder in it may point to the folders beside.
    pub(super) fn main(
        &mut self,
        folder: &str,
        package: Option<&Package>,
    ) -> Answer<Option<String>, F> {
        if let Some(main) = package.and_then(|package| package.main.as_deref()) {
            let path = path::follow(folder, main, path::home(folder)).ok();
            let path = path.filter(|path| path.len() <= PATH_BYTES);
            let main = path.ok_or_else(|| {
                let reason = format!("its `main` is `{}`, no file of the package", shown(main));
                Refused::config(folder, &reason)
            })?;
            if main != folder
                && let Some(file) = self.file(&main)?
            {
                return Ok(Some(file));
            }
            if let Some(file) = self.index(&main)? {
                return Ok(Some(file));
            }
        }
        self.index(folder)
    }

    /// Node's `LOAD_AS_FILE`.
    pub(super) fn file(&mut self, path: &str) -> Answer<Option<String>, F> {
        self.first(["", ".js", ".json"].map(|extension| format!("{path}{extension}")))
    }

    /// Node's `LOAD_INDEX`.
    pub(super) fn index(&mut self, folder: &str) -> Answer<Option<String>, F> {
        self.first(["index.js", "index.json"].map(|name| path::join(folder, name)))
    }

    fn first(&mut self, paths: impl IntoIterator<Item = String>) -> Answer<Option<String>, F> {
        for path in paths {
            if self.is_file(&path)? {
                return Ok(Some(path));
            }
        }
        Ok(None)
    }

    /// The end of Node's `ESM_RESOLVE`.
    pub(super) fn finish(&mut self, place: Place) -> Answer<Found, F> {
        let path = match place {
            Place::Builtin(name) => return Ok(Found::Builtin(name)),
            Place::File(path) if !self.is_file(&path)? => return Err(self.missing(&path)?.into()),
            Place::Seen(path) | Place::File(path) => path,
        };
        self.found(path)
    }

    pub(super) fn found(&mut self, path: String) -> Answer<Found, F> {
        Ok(Found::File { format: self.format(&path)?, path })
    }

    pub(super) fn config(&mut self, folder: &str) -> Answer<Option<Rc<Package>>, F> {
        self.memo.package(self.files, folder)
    }

    pub(super) fn is_file(&mut self, path: &str) -> Answer<bool, F> {
        if path.is_empty() || path.len() > PATH_BYTES {
            return Ok(false);
        }
        self.files.is_file(path).map_err(Problem::Files)
    }

    /// Accounts for work, and refuses more than any package needs.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Refused> {
        let refused = || {
            let message = format!(
                "`{}` leads through more than {STEPS} entries of `package.json` files",
                shown(self.specifier)
            );
            Refused::new(INVALID_CONFIG, message)
        };
        self.steps = self.steps.checked_sub(steps).ok_or_else(refused)?;
        Ok(())
    }
}
