//! What kind of code a file is, by its name and the `package.json` above it.

use super::path;
use super::problem::{Answer, UNKNOWN_EXTENSION, shown};
use super::search::Search;
use super::{Files, Refused};

/// How a file is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// As an ES module.
    Module,
    /// As a function with `require`, `module` and `exports`.
    CommonJs,
    /// Not run, but parsed.
    Json,
}

impl<F: Files> Search<'_, F> {
    /// What kind of code a file is. As for Node, but for the plugin's own files: without a `type` they
    /// are ES modules, which is what plugins are written as.
    ///
    /// # Errors
    /// [`super::Problem::Refused`] for one that is neither JavaScript nor JSON.
    pub(super) fn format(&mut self, path: &str) -> Answer<Format, F> {
        match extension(path) {
            Some("mjs" | "mts") => Ok(Format::Module),
            Some("cjs" | "cts") => Ok(Format::CommonJs),
            Some("json") => Ok(Format::Json),
            Some("js" | "ts") => self.typed(path),
            Some("node" | "wasm") => Err(unknown(path).into()),
            // Node takes whatever else is required for CommonJS.
            _ if !self.by.is_import() => Ok(Format::CommonJs),
            None => self.typed(path),
            Some(_) => Err(unknown(path).into()),
        }
    }

    fn typed(&mut self, path: &str) -> Answer<Format, F> {
        let package = self.scope(path)?;
        let default = if path::is_vendored(path) { Format::CommonJs } else { Format::Module };
        Ok(package.and_then(|(_, package)| package.format).unwrap_or(default))
    }
}

/// What follows the last point of a file's name, unless the name begins with it.
fn extension(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, extension)| extension)
}

fn unknown(path: &str) -> Refused {
    let path = shown(path);
    let message = match extension(&path) {
        Some("node") => format!("`{path}` is machine code, which no JavaScript plugin can load"),
        _ => format!(
            "`{path}` is neither JavaScript, TypeScript nor JSON; compile it to `.js` first"
        ),
    };
    Refused::new(UNKNOWN_EXTENSION, message)
}

#[cfg(test)]
mod tests {
    use super::super::Packages;
    use super::super::tree::Tree;
    use super::*;

    const FILES: &[(&str, &str)] = &[
        ("lib/package.json", r#"{"type":"commonjs"}"#),
        ("lib/deep/package.json", "{}"),
        ("node_modules/esm/package.json", r#"{"type":"module"}"#),
        ("node_modules/old/package.json", r#"{"type":"umd"}"#),
        ("node_modules/bad/package.json", "nonsense"),
    ];

    #[track_caller]
    fn check(path: &str, expect: &str) {
        let mut tree = Tree::new(FILES);
        let got = Packages::new(|_| false).format_of(&mut tree, path);
        let got = format!("{got:?}");
        assert!(got.contains(expect), "{path}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn some_names_say_it_all() {
        for folder in ["", "lib/", "node_modules/esm/", "node_modules/old/"] {
            check(&format!("{folder}a.mjs"), "Ok(Module)");
            check(&format!("{folder}a.mts"), "Ok(Module)");
            check(&format!("{folder}a.cjs"), "Ok(CommonJs)");
            check(&format!("{folder}a.cts"), "Ok(CommonJs)");
            check(&format!("{folder}a.json"), "Ok(Json)");
        }
    }

    #[test]
    fn the_nearest_package_json_decides_on_the_others() {
        check("lib/a.js", "Ok(CommonJs)");
        check("lib/x/y/a.ts", "Ok(CommonJs)");
        check("node_modules/esm/dist/a.js", "Ok(Module)");
        check("node_modules/esm/bin", "Ok(Module)");
    }

    #[test]
    fn without_a_type_the_plugins_own_files_are_modules_and_packages_are_not() {
        check("main.js", "Ok(Module)");
        check("src/main.ts", "Ok(Module)");
        check("lib/deep/a.js", "Ok(Module)");
        check("node_modules/old/a.js", "Ok(CommonJs)");
        check("node_modules/none/a.js", "Ok(CommonJs)");
        check("node_modules/a.js", "Ok(CommonJs)");
    }

    #[test]
    fn a_package_does_not_take_its_type_from_the_plugin() {
        let mut tree = Tree::new(&[("package.json", r#"{"type":"module"}"#)]);
        let mut packages = Packages::new(|_| false);
        let mut format = |path| packages.format_of(&mut tree, path);
        assert_eq!(format("node_modules/a/x.js"), Ok(Format::CommonJs));
        assert_eq!(format("x.js"), Ok(Format::Module));
    }

    #[test]
    fn what_cannot_be_run_is_refused() {
        check("a.wasm", "ERR_UNKNOWN_FILE_EXTENSION");
        check("a.tsx", "neither JavaScript, TypeScript nor JSON");
        check("node_modules/old/build/a.node", "machine code");
        check("node_modules/bad/a.js", "ERR_INVALID_PACKAGE_CONFIG");
        check(".js", "Ok(Module)");
    }
}
