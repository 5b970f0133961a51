//! Bare specifiers, such as `name/file.js`: Node's `PACKAGE_RESOLVE`.

use super::path::{self, MODULES};
use super::problem::Answer;
use super::search::{Place, Search};
use super::spelling::{is_folder, literal};
use super::{Files, Refused};

/// A bare specifier, taken apart.
pub(super) struct Name<'n> {
    /// Such as `name` or `@scope/name`.
    pub(super) package: &'n str,
    /// Empty, or from the `/` on.
    pub(super) rest: &'n str,
}

impl<F: Files> Search<'_, F> {
    /// Node's `PACKAGE_RESOLVE`. Unlike Node, it passes by a folder that has neither a `package.json`
    /// nor the wanted file, since folders are not told from nothing here.
    pub(super) fn package(&mut self, base: &str, name: &str) -> Answer<Place, F> {
        if self.is_builtin(name) {
            return Ok(Place::Builtin(name.to_owned()));
        }
        let Name { package: name, rest } = self.name(name)?;
        let subpath = format!(".{rest}");
        if let Some(place) = self.itself(base, name, &subpath)? {
            return Ok(place);
        }
        for folder in path::upwards(path::folder(base)).filter(|folder| !path::is_modules(folder)) {
            self.spend(1)?;
            let home = path::join(&path::join(folder, MODULES), name);
            let package = self.config(&home)?;
            if let Some(exports) = package.as_ref().and_then(|package| package.exports.as_ref()) {
                return self.exports(&home, exports, &subpath);
            }
            let place = match rest {
                "" => self.main(&home, package.as_deref())?.map(Place::Seen),
                rest => {
                    let path = self.below(&home, rest)?;
                    match (is_folder(rest) || path == home, package.is_some()) {
                        (true, true) => return Err(self.a_folder(&path).into()),
                        (false, true) => Some(Place::File(path)),
                        (false, false) if self.is_file(&path)? => Some(Place::Seen(path)),
                        _ => None,
                    }
                }
            };
            match place {
                Some(place) => return Ok(place),
                None if package.is_some() => return Err(self.no_main(&home).into()),
                None => {}
            }
        }
        Err(self.no_package(name).into())
    }

    /// Node's `PACKAGE_SELF_RESOLVE`: a package that names itself.
    pub(super) fn itself(
        &mut self,
        base: &str,
        name: &str,
        subpath: &str,
    ) -> Answer<Option<Place>, F> {
        let Some((home, package)) = self.scope(base)? else { return Ok(None) };
        match &package.exports {
            Some(exports) if package.name.as_deref() == Some(name) => {
                self.exports(&home, exports, subpath).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A package's name and what follows it, as Node takes a specifier apart.
    pub(super) fn name<'n>(&self, specifier: &'n str) -> Result<Name<'n>, Refused> {
        let slash = match (specifier.find('/'), specifier.starts_with('@')) {
            (Some(first), true) => specifier[first + 1..].find('/').map(|next| first + 1 + next),
            (None, true) => return Err(self.invalid("a scope has a package, as in `@scope/name`")),
            (first, false) => first,
        };
        let (package, rest) = specifier.split_at(slash.unwrap_or(specifier.len()));
        let odd = |part: &str| matches!(part, "" | "." | "..");
        if package.starts_with('.')
            || package.contains(['\\', '%', '\0'])
            || package.split('/').any(odd)
        {
            return Err(self.invalid("it is not the name of a package"));
        }
        Ok(Name { package, rest })
    }

    /// The path below a package's folder that an `import` spells out.
    fn below(&self, home: &str, rest: &str) -> Result<String, Refused> {
        literal(rest)?;
        let path = path::follow(home, rest, home);
        path.map_err(|_| self.invalid("it leads out of the package"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Packages;
    use super::super::tree::{Tree, told};

    const FILES: &[(&str, &str)] = &[
        ("main.js", ""),
        ("lib/deep/util.js", ""),
        ("node_modules/plain/package.json", r#"{"main":"./lib/main.js"}"#),
        ("node_modules/plain/lib/main.js", ""),
        ("node_modules/plain/lib/index.js", ""),
        ("node_modules/plain/lib/data.json", "{}"),
        ("node_modules/plain/a#b.js", ""),
        ("node_modules/@scope/one/package.json", r#"{"type":"module"}"#),
        ("node_modules/@scope/one/index.js", ""),
        ("node_modules/@scope/one/sub/x.js", ""),
        ("node_modules/short/package.json", r#"{"main":"dist/it"}"#),
        ("node_modules/short/dist/it.js", ""),
        ("node_modules/folder/package.json", r#"{"main":"dist/"}"#),
        ("node_modules/folder/dist/index.json", "{}"),
        ("node_modules/gone/package.json", r#"{"main":"dist.js"}"#),
        ("node_modules/gone/index.js", ""),
        ("node_modules/empty/package.json", "{}"),
        ("node_modules/outside/package.json", r#"{"main":"../plain/lib/main.js"}"#),
        ("node_modules/outside/index.js", ""),
        ("node_modules/broken/package.json", "{"),
        ("node_modules/bare/index.js", ""),
        ("node_modules/bare/x.js", ""),
        ("node_modules/closed/package.json", r#"{"exports":"./index.js"}"#),
        ("node_modules/closed/index.js", ""),
        ("node_modules/plain/node_modules/nested/package.json", "{}"),
        ("node_modules/plain/node_modules/nested/index.js", ""),
        ("lib/node_modules/plain/package.json", r#"{"main":"near.mjs"}"#),
        ("lib/node_modules/plain/near.mjs", ""),
        ("lib/node_modules/bare/y.js", ""),
        ("self/package.json", r#"{"name":"me","exports":{".":"./a.js","./b":"./b.js"}}"#),
        ("self/a.js", ""),
        ("self/b.js", ""),
        ("unnamed/package.json", r#"{"name":"me2"}"#),
    ];

    #[track_caller]
    fn check(base: &str, specifier: &str, expect: &str) {
        let mut tree = Tree::new(FILES);
        let mut packages = Packages::new(|name| name == "path");
        let got = told(packages.import(&mut tree, base, specifier));
        assert!(got.contains(expect), "{specifier}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn a_package_begins_with_its_main() {
        check("main.js", "plain", "node_modules/plain/lib/main.js is CommonJs");
        check("lib/deep/util.js", "short", "node_modules/short/dist/it.js is CommonJs");
        check("main.js", "folder", "node_modules/folder/dist/index.json is Json");
        check("main.js", "@scope/one", "node_modules/@scope/one/index.js is Module");
        check("main.js", "bare", "node_modules/bare/index.js is CommonJs");
        check("main.js", "gone", "node_modules/gone/index.js is CommonJs");
        check("main.js", "empty", "ERR_MODULE_NOT_FOUND: `node_modules/empty` has no file");
        check(
            "main.js",
            "broken",
            "ERR_INVALID_PACKAGE_CONFIG: `node_modules/broken/package.json`",
        );
        check("main.js", "outside", "ERR_INVALID_PACKAGE_CONFIG");
    }

    #[test]
    fn files_of_a_package_without_exports_are_spelt_out() {
        check("main.js", "plain/lib/main.js", "node_modules/plain/lib/main.js is CommonJs");
        check("main.js", "plain/lib/data.json", "node_modules/plain/lib/data.json is Json");
        check("main.js", "plain/./lib//main.js", "node_modules/plain/lib/main.js is CommonJs");
        check("main.js", "@scope/one/sub/x.js", "node_modules/@scope/one/sub/x.js is Module");
        check("main.js", "bare/x.js", "node_modules/bare/x.js is CommonJs");
        check("main.js", "plain/lib/main", "there is `node_modules/plain/lib/main.js`: write");
        check("main.js", "plain/none.js", "ERR_MODULE_NOT_FOUND: the bundle has no file `node_mod");
        check("main.js", "closed/index.js", "ERR_PACKAGE_PATH_NOT_EXPORTED");
    }

    #[test]
    fn folders_are_not_imported() {
        check(
            "main.js",
            "plain/lib",
            "ERR_UNSUPPORTED_DIR_IMPORT: `node_modules/plain/lib` is a folder",
        );
        check("main.js", "plain/lib/", "ERR_UNSUPPORTED_DIR_IMPORT");
        check("main.js", "plain/", "ERR_UNSUPPORTED_DIR_IMPORT");
        check("main.js", "plain/lib/..", "ERR_UNSUPPORTED_DIR_IMPORT");
        check("main.js", "none/", "ERR_MODULE_NOT_FOUND: cannot find the package `none`");
    }

    #[test]
    fn the_nearest_node_modules_wins() {
        check("lib/deep/util.js", "plain", "lib/node_modules/plain/near.mjs is Module");
        check("lib/deep/util.js", "plain/lib/main.js", "ERR_MODULE_NOT_FOUND");
        check("lib/deep/util.js", "@scope/one", "node_modules/@scope/one/index.js");
        check(
            "node_modules/plain/lib/main.js",
            "nested",
            "node_modules/plain/node_modules/nested/index.js",
        );
        check("main.js", "nested", "ERR_MODULE_NOT_FOUND");
        // A folder without `package.json` is passed by when the file is not in it.
        check("lib/x.js", "bare/x.js", "node_modules/bare/x.js is CommonJs");
        check("lib/x.js", "bare/y.js", "lib/node_modules/bare/y.js is CommonJs");
    }

    #[test]
    fn a_package_can_name_itself() {
        check("self/deep/x.js", "me", "self/a.js is Module");
        check("self/x.js", "me/b", "self/b.js is Module");
        check("self/x.js", "me/a.js", "ERR_PACKAGE_PATH_NOT_EXPORTED");
        check("self/node_modules/x/y.js", "me", "ERR_MODULE_NOT_FOUND");
        check("unnamed/x.js", "me2", "ERR_MODULE_NOT_FOUND");
        check("main.js", "me", "ERR_MODULE_NOT_FOUND");
    }

    #[test]
    fn a_missing_package_is_said_with_what_to_do() {
        let expect = "ERR_MODULE_NOT_FOUND: cannot find the package `left-pad`, imported from `main.js`: \
                      put it into the plugin's `node_modules` (`npm install --prefix FOLDER left-pad` \
                      copies it there)";
        check("main.js", "left-pad", expect);
        check("main.js", "left-pad/x/y.js", expect);
    }

    #[test]
    fn names_that_are_none_are_refused() {
        for name in [
            "",
            ".x",
            "./x",
            "@scope",
            "@scope/",
            "@scope/.",
            "@scope/../x",
            "a%2fb",
            "a\\b",
            "a\0b",
            "%61",
            "@a\\b/c",
            "/x",
        ] {
            check("main.js", name, "ERR_INVALID_MODULE_SPECIFIER");
        }
        check(
            "main.js",
            &"a".repeat(3000),
            "ERR_INVALID_MODULE_SPECIFIER: a module name is too long",
        );
        check(&"a/".repeat(100), "plain", "ERR_MODULE_NOT_FOUND");
        check(&"a".repeat(5000), "plain", "lies too deep");
        for base in ["../x.js", "/x.js", "lib/./x.js", "lib//x.js", "lib/", "a\\b.js"] {
            check(base, "plain", "is no path in a bundle");
        }
    }

    #[test]
    fn what_follows_the_name_stays_in_the_package() {
        check("main.js", "plain/../gone/index.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "plain/../../main.js", "leads out of the package");
        check("main.js", "plain/%2e%2e/x.js", "percent-encoded");
        check("main.js", "plain/lib%2fmain.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "plain/lib\\main.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "plain/a#b.js", "query or fragment");
        check("main.js", "plain/lib/../lib/main.js", "node_modules/plain/lib/main.js");
    }

    #[test]
    fn modules_of_the_runtime_are_not_looked_for() {
        check("main.js", "path", "builtin path");
        check("main.js", "path/x", "ERR_MODULE_NOT_FOUND");
    }
}
