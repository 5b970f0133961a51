//! What a search says when it finds nothing.

use super::problem::{Answer, DIRECTORY, INVALID_SPECIFIER, shown};
use super::search::Search;
use super::{Files, Refused};

impl<F: Files> Search<'_, F> {
    pub(super) fn missing(&mut self, path: &str) -> Answer<Refused, F> {
        if self.by.is_import() && (self.config(path)?.is_some() || self.index(path)?.is_some()) {
            return Ok(self.a_folder(path));
        }
        let hint = if self.by.is_import() { self.file(path)? } else { None };
        let hint = hint.map(|file| format!("; there is `{}`: write the extension", shown(&file)));
        let hint = hint.unwrap_or_default();
        let message = format!("the bundle has no file `{}`{}{hint}", shown(path), self.asker());
        Ok(Refused::new(self.by.not_found(), message))
    }

    pub(super) fn no_package(&self, name: &str) -> Refused {
        let (name, asker) = (shown(name), self.asker());
        let message = format!(
            "cannot find the package `{name}`{asker}: put it into the plugin's `node_modules` \
             (`npm install --prefix FOLDER {name}` copies it there)"
        );
        Refused::new(self.by.not_found(), message)
    }

    pub(super) fn no_main(&self, home: &str) -> Refused {
        let (home, asker) = (shown(home), self.asker());
        let message = format!(
            "`{home}` has no file to begin with{asker}: its `package.json` names none that is there, \
             and there is no `index.js`"
        );
        Refused::new(self.by.not_found(), message)
    }

    pub(super) fn a_folder(&self, path: &str) -> Refused {
        let message = format!(
            "`{}` is a folder{}; name the file, as in `lib/index.js`",
            shown(path),
            self.asker()
        );
        Refused::new(DIRECTORY, message)
    }

    pub(super) fn invalid(&self, reason: &str) -> Refused {
        let (specifier, asker) = (shown(self.specifier), self.asker());
        Refused::new(
            INVALID_SPECIFIER,
            format!("`{specifier}`{asker}, cannot be looked up: {reason}"),
        )
    }

    /// Who asks, as the middle of a sentence.
    pub(super) fn asker(&self) -> String {
        let verb = if self.by.is_import() { "imported from" } else { "required by" };
        format!(", {verb} `{}`", shown(self.base))
    }
}
