//! CommonJS's `require`: files without their extension, folders, and packages.

use super::package::Name;
use super::path::{self, Astray, MODULES};
use super::problem::{Answer, BLOCKED, shown};
use super::search::Search;
use super::spelling::is_folder;
use super::{Files, Found, Refused};

impl<F: Files> Search<'_, F> {
    /// Node's algorithm for `require`, but for native addons.
    pub(super) fn require(&mut self) -> Answer<Found, F> {
        let specifier = self.specifier;
        if specifier.starts_with('#') {
            let place = self.internal()?;
            return self.finish(place);
        }
        if is_relative(specifier) { self.beside() } else { self.installed() }
    }

    /// What a path relative to the file names.
    fn beside(&mut self) -> Answer<Found, F> {
        let path = path::follow(path::folder(self.base), self.specifier, "");
        let path = path.map_err(|astray| self.astray(astray))?;
        match self.load(&path)? {
            Some(file) => self.found(file),
            None => Err(self.missing(&path)?.into()),
        }
    }

    /// Node's `LOAD_PACKAGE_SELF` and `LOAD_NODE_MODULES`.
    fn installed(&mut self) -> Answer<Found, F> {
        if self.specifier.starts_with('/') {
            return Err(self.absolute().into());
        }
        let Name { package: name, rest } = self.name(self.specifier)?;
        let subpath = format!(".{rest}");
        if let Some(place) = self.itself(self.base, name, &subpath)? {
            return self.finish(place);
        }
        let start = path::folder(self.base);
        for folder in path::upwards(start).filter(|folder| !path::is_modules(folder)) {
            self.spend(1)?;
            let home = path::join(&path::join(folder, MODULES), name);
            let package = self.config(&home)?;
            if let Some(exports) = package.as_ref().and_then(|package| package.exports.as_ref()) {
                let place = self.exports(&home, exports, &subpath)?;
                return self.finish(place);
            }
            let path = path::follow(&home, rest, &home);
            let path = path.map_err(|_| self.invalid("it leads out of the package"))?;
            if let Some(file) = self.load(&path)? {
                return self.found(file);
            }
        }
        Err(self.no_package(name).into())
    }

    /// Node's `LOAD_AS_FILE`, unless the specifier names a folder by its end, and
    /// `LOAD_AS_DIRECTORY`.
    fn load(&mut self, path: &str) -> Answer<Option<String>, F> {
        if !path.is_empty()
            && !is_folder(self.specifier)
            && let Some(file) = self.file(path)?
        {
            return Ok(Some(file));
        }
        let package = self.config(path)?;
        let main = self.main(path, package.as_deref())?;
        match package {
            Some(package) if main.is_none() && package.main.is_some() => {
                Err(self.no_main(path).into())
            }
            _ => Ok(main),
        }
    }

    fn astray(&self, astray: Astray) -> Refused {
        match astray {
            Astray::Character => self.invalid("paths in a bundle are written with `/`"),
            Astray::Leaves => {
                let message = format!(
                    "`{}`{}, leads out of the bundle: put the file into the plugin's folder",
                    shown(self.specifier),
                    self.asker()
                );
                Refused::new(BLOCKED, message)
            }
        }
    }

    fn absolute(&self) -> Refused {
        let message = format!(
            "`{}`{}, is an absolute path: require it relative to the file, as in `./util.js`",
            shown(self.specifier),
            self.asker()
        );
        Refused::new(BLOCKED, message)
    }
}

fn is_relative(specifier: &str) -> bool {
    matches!(specifier.split('/').next(), Some("." | ".."))
}

#[cfg(test)]
mod tests {
    use super::super::Packages;
    use super::super::tree::{Tree, told};

    const FILES: &[(&str, &str)] = &[
        ("main.js", ""),
        ("index.js", ""),
        ("lib/a.js", ""),
        ("lib/a.json", "{}"),
        ("lib/b.json", "{}"),
        ("lib/c", ""),
        ("lib/c.js", ""),
        ("lib/d.cjs", ""),
        ("lib/a#b%20.js", ""),
        ("lib/f/index.js", ""),
        ("lib/f.js", ""),
        ("lib/g/index.json", "{}"),
        ("lib/h/package.json", r#"{"main":"../a"}"#),
        ("lib/i/package.json", r#"{"main":"none"}"#),
        ("lib/i/index.js", ""),
        ("lib/j/package.json", r#"{"main":"none"}"#),
        ("lib/k/package.json", r#"{"main":"","type":"commonjs"}"#),
        ("lib/k/index.js", ""),
        ("lib/l/package.json", r#"{"main":"."}"#),
        ("lib/l/index.js", ""),
        ("lib/l.js", ""),
        ("lib/m/package.json", r#"{"main":"../../../x"}"#),
        ("lib/n/package.json", "[]"),
        ("lib/o/package.json", r#"{"exports":"./closed.js"}"#),
        ("lib/o/index.js", ""),
        ("lib/z.node", ""),
        ("lib/text.txt", ""),
        ("node_modules/plain/package.json", r#"{"main":"lib"}"#),
        ("node_modules/plain/lib/index.js", ""),
        ("node_modules/plain/x.js", ""),
        ("node_modules/plain/sub/package.json", r#"{"main":"../lib/index.js","type":"module"}"#),
        ("node_modules/plain/out/package.json", r#"{"main":"../../single.js"}"#),
        ("node_modules/single.js", ""),
        ("node_modules/buffer/index.js", ""),
        (
            "node_modules/shut/package.json",
            r#"{"name":"shut","exports":{".":"./s.js","./t":"./t"}}"#,
        ),
        ("node_modules/shut/s.js", ""),
        ("node_modules/shut/t.js", ""),
        ("lib/node_modules/plain/other.js", ""),
        ("lib/node_modules/empty/package.json", "{}"),
        ("node_modules/empty/index.js", ""),
    ];

    #[track_caller]
    fn check(base: &str, specifier: &str, expect: &str) {
        let mut tree = Tree::new(FILES);
        let got = told(Packages::new(|_| false).require(&mut tree, base, specifier));
        assert!(got.contains(expect), "{specifier}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn a_file_may_be_named_without_its_extension() {
        check("main.js", "./lib/a", "lib/a.js is Module");
        check("main.js", "./lib/a.js", "lib/a.js is Module");
        check("main.js", "./lib/a.json", "lib/a.json is Json");
        check("lib/x.js", "./b", "lib/b.json is Json");
        check("lib/x.js", "./c", "lib/c is CommonJs");
        check("lib/x.js", "./d", "MODULE_NOT_FOUND: the bundle has no file `lib/d`, required by");
        check("lib/x.js", "./d.cjs", "lib/d.cjs is CommonJs");
        check("lib/x.js", "./a#b%20", "lib/a#b%20.js is Module");
        check("lib/x.js", "./text.txt", "lib/text.txt is CommonJs");
        check("lib/x.js", "./z", "MODULE_NOT_FOUND");
        check("lib/x.js", "./z.node", "ERR_UNKNOWN_FILE_EXTENSION");
    }

    #[test]
    fn a_folder_is_its_main_or_its_index() {
        check("main.js", "./lib/f", "lib/f.js is Module");
        check("main.js", "./lib/f/", "lib/f/index.js is Module");
        check("main.js", "./lib/f/.", "lib/f/index.js is Module");
        check("lib/f/x/y.js", "..", "lib/f/index.js is Module");
        check("lib/f/x.js", ".", "lib/f/index.js is Module");
        check("lib/x.js", "..", "index.js is Module");
        check("main.js", "./lib/g", "lib/g/index.json is Json");
        check("main.js", "./lib/h", "lib/a.js is Module");
        check("main.js", "./lib/i", "lib/i/index.js is Module");
        check("main.js", "./lib/j", "MODULE_NOT_FOUND: `lib/j` has no file to begin with");
        check("main.js", "./lib/k", "lib/k/index.js is CommonJs");
        check("main.js", "./lib/l/", "lib/l/index.js is Module");
        check("main.js", "./lib/n", "ERR_INVALID_PACKAGE_CONFIG");
        check("main.js", "./lib/o", "lib/o/index.js is Module");
    }

    #[test]
    fn packages_are_looked_for_upwards() {
        check("main.js", "plain", "node_modules/plain/lib/index.js is CommonJs");
        check("main.js", "plain/x", "node_modules/plain/x.js is CommonJs");
        check("main.js", "plain/lib", "node_modules/plain/lib/index.js is CommonJs");
        check("main.js", "plain//lib/../x", "node_modules/plain/x.js is CommonJs");
        check("main.js", "plain/sub", "node_modules/plain/lib/index.js is CommonJs");
        check("lib/x.js", "plain/other", "lib/node_modules/plain/other.js is CommonJs");
        check("lib/x.js", "plain/x", "node_modules/plain/x.js is CommonJs");
        check("lib/x.js", "empty", "node_modules/empty/index.js is CommonJs");
        check("node_modules/plain/x.js", "single", "node_modules/single.js is CommonJs");
        check("main.js", "buffer/", "node_modules/buffer/index.js is CommonJs");
    }

    #[test]
    fn exports_close_a_package() {
        check("main.js", "shut", "node_modules/shut/s.js is CommonJs");
        check("node_modules/shut/s.js", "shut", "node_modules/shut/s.js is CommonJs");
        check(
            "main.js",
            "shut/t",
            "MODULE_NOT_FOUND: the bundle has no file `node_modules/shut/t`",
        );
        check("main.js", "shut/s.js", "ERR_PACKAGE_PATH_NOT_EXPORTED");
        check("node_modules/shut/s.js", "shut/s.js", "ERR_PACKAGE_PATH_NOT_EXPORTED");
        check("node_modules/shut/s.js", "./t", "node_modules/shut/t.js is CommonJs");
    }

    #[test]
    fn nothing_leads_out() {
        check("main.js", "../x", "ERR_MODULE_BLOCKED");
        check("lib/x.js", "../../etc/passwd", "leads out of the bundle");
        check("lib/x.js", "../../lib/a", "ERR_MODULE_BLOCKED");
        check("main.js", "/etc/passwd", "ERR_MODULE_BLOCKED");
        check("main.js", "./lib\\a.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "./lib/a\0.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "plain/../../main.js", "ERR_INVALID_MODULE_SPECIFIER");
        check("main.js", "./lib/m", "ERR_INVALID_PACKAGE_CONFIG");
        check("main.js", "plain/out", "ERR_INVALID_PACKAGE_CONFIG");
    }

    #[test]
    fn what_is_not_there_has_the_code_that_packages_look_for() {
        check(
            "main.js",
            "left-pad",
            "MODULE_NOT_FOUND: cannot find the package `left-pad`, required by",
        );
        check("main.js", "./none", "MODULE_NOT_FOUND: the bundle has no file `none`");
        check(
            "main.js",
            "#x",
            "MODULE_NOT_FOUND: `#x`, required by `main.js`, is not defined: the",
        );
        check("main.js", "", "ERR_INVALID_MODULE_SPECIFIER");
    }
}
