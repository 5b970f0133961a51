//! Where packages are looked for: the entry points of Node's `ESM_RESOLVE`, for packages and for names
//! that begin with `#`, and of `require`.

use super::config::Memo;
use super::search::{By, Search};
use super::{Format, Problem};

/// What the bundle has. Paths are relative to its root, with `/`, without `.`, `..` and empty parts.
pub(crate) trait Files {
    /// Why the bundle cannot be asked.
    type Error;

    /// Text of a `package.json`, or `None` where there is no such file.
    ///
    /// # Errors
    /// When the bundle cannot be asked.
    fn read(&mut self, path: &str) -> Result<Option<String>, Self::Error>;

    /// Whether there is a file (not a folder) of that path.
    ///
    /// # Errors
    /// When the bundle cannot be asked.
    fn is_file(&mut self, path: &str) -> Result<bool, Self::Error>;
}

/// What a specifier names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A file of the bundle.
    File {
        /// Its path below the bundle's root.
        path: String,
        /// How it is run.
        format: Format,
    },
    /// A module of the runtime, by its bare name: what `imports` of a `package.json` can lead to.
    Builtin(String),
}

impl Found {
    fn is_module(&self) -> bool {
        matches!(self, Self::File { format: Format::Module, .. })
    }
}

/// The packages of one bundle, with a memo of what their `package.json` files say.
#[derive(Debug)]
pub(crate) struct Packages {
    builtin: fn(&str) -> bool,
    memo: Memo,
}

impl Packages {
    /// `builtin` tells which bare names are modules of the runtime, which no package takes away.
    pub(crate) fn new(builtin: fn(&str) -> bool) -> Self {
        Self { builtin, memo: Memo::default() }
    }

    /// What an `import` of a package or of a `#name` in the file `base` names. Whatever else can be
    /// imported, such as `./file.js`, is up to the caller.
    ///
    /// # Errors
    /// [`Problem`] with Node's code.
    pub(crate) fn import<F: Files>(
        &mut self,
        files: &mut F,
        base: &str,
        specifier: &str,
    ) -> Result<Found, Problem<F::Error>> {
        let Self { builtin, memo } = self;
        let mut search = Search::new(files, memo, *builtin, By::Import, base, specifier)?;
        let internal = specifier.starts_with('#');
        let place = if internal { search.internal() } else { search.package(base, specifier) };
        search.finish(place?)
    }

    /// What `require` in the file `base` names: a package, a `#name`, or a file or folder relative to
    /// `base`.
    ///
    /// Files for `browser` are often ES modules, made for bundlers. Where that is found, what the package
    /// has for `require` is taken if it is none.
    ///
    /// # Errors
    /// [`Problem`] with Node's code.
    pub(crate) fn require<F: Files>(
        &mut self,
        files: &mut F,
        base: &str,
        specifier: &str,
    ) -> Result<Found, Problem<F::Error>> {
        let Self { builtin, memo } = self;
        let found = Search::new(files, memo, *builtin, By::Require, base, specifier)?.require()?;
        if !found.is_module() {
            return Ok(found);
        }
        match Search::new(files, memo, *builtin, By::RequireOnly, base, specifier)?.require() {
            Ok(other) if !other.is_module() => Ok(other),
            Ok(_) | Err(Problem::Refused(_)) => Ok(found),
            Err(problem) => Err(problem),
        }
    }

    /// What kind of code a file of the bundle is when it is imported.
    ///
    /// # Errors
    /// [`Problem::Refused`] for one that is neither JavaScript nor JSON.
    pub(crate) fn format_of<F: Files>(
        &mut self,
        files: &mut F,
        path: &str,
    ) -> Result<Format, Problem<F::Error>> {
        let Self { builtin, memo } = self;
        Search::new(files, memo, *builtin, By::Import, path, "")?.format(path)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tree::{Tree, told};
    use super::*;

    #[test]
    fn a_bundle_that_cannot_be_asked_is_no_missing_file() {
        let mut tree = Tree::new(&[("node_modules/a/index.js", "")]);
        tree.broken = Some("the host is gone");
        let mut packages = Packages::new(|_| false);
        assert_eq!(told(packages.import(&mut tree, "main.js", "a")), "files: the host is gone");
        assert_eq!(told(packages.require(&mut tree, "main.js", "./a")), "files: the host is gone");
        assert_eq!(packages.format_of(&mut tree, "a.js"), Err(Problem::Files("the host is gone")));
        tree.broken = None;
        let expect = "node_modules/a/index.js is CommonJs";
        assert_eq!(told(packages.import(&mut tree, "main.js", "a")), expect);
    }

    #[test]
    fn require_takes_an_es_module_only_where_there_is_nothing_else() {
        let mut tree = Tree::new(&[
            (
                "node_modules/a/package.json",
                r#"{"exports":{"browser":"./b.mjs","require":"./r.cjs"}}"#,
            ),
            ("node_modules/a/b.mjs", ""),
            ("node_modules/a/r.cjs", ""),
            (
                "node_modules/b/package.json",
                r#"{"exports":{"browser":"./b.mjs","node":"./r.cjs"}}"#,
            ),
            ("node_modules/b/b.mjs", ""),
            (
                "node_modules/c/package.json",
                r#"{"exports":{"browser":"./b.cjs","require":"./r.cjs"}}"#,
            ),
            ("node_modules/c/b.cjs", ""),
            ("node_modules/c/r.cjs", ""),
            ("x.mjs", ""),
        ]);
        let mut packages = Packages::new(|_| false);
        let mut require = |specifier| told(packages.require(&mut tree, "main.js", specifier));
        assert_eq!(require("a"), "node_modules/a/r.cjs is CommonJs");
        assert_eq!(require("b"), "node_modules/b/b.mjs is Module");
        assert_eq!(require("c"), "node_modules/c/b.cjs is CommonJs");
        assert_eq!(require("./x.mjs"), "x.mjs is Module");
        assert_eq!(
            told(packages.import(&mut tree, "main.js", "a")),
            "node_modules/a/b.mjs is Module"
        );
    }

    #[test]
    fn a_second_search_reads_nothing_again() {
        let mut tree = Tree::new(&[
            ("node_modules/a/package.json", r#"{"exports":"./a.js"}"#),
            ("node_modules/a/a.js", ""),
        ]);
        let mut packages = Packages::new(|_| false);
        packages.import(&mut tree, "lib/main.js", "a").unwrap();
        let reads = tree.reads;
        packages.import(&mut tree, "lib/other.js", "a").unwrap();
        packages.require(&mut tree, "lib/other.js", "a").unwrap();
        assert_eq!(tree.reads, reads);
    }

    /// What is found is there, and [`Tree`] panics when it is asked for what is no path.
    fn check(config: &str, base: &str, specifier: &str) -> Result<(), TestCaseError> {
        let mut tree = Tree::new(&[
            ("package.json", config),
            ("x", ""),
            ("main.js", ""),
            ("a/package.json", config),
            ("a/index.js", ""),
            ("node_modules/a/package.json", config),
            ("node_modules/a/x", ""),
            ("node_modules/a/x.js", ""),
            ("node_modules/a/index.js", ""),
            ("node_modules/b/x.js", ""),
        ]);
        let mut packages = Packages::new(|name| name == "path");
        for found in [
            packages.import(&mut tree, base, specifier),
            packages.require(&mut tree, base, specifier),
        ] {
            if let Ok(Found::File { path, .. }) = found {
                prop_assert!(tree.is_file(&path).unwrap(), "{path}");
            }
        }
        Ok(())
    }

    fn json() -> impl Strategy<Value = String> {
        let key = "(\\.|\\./[ax*]{1,2}|#[ax*]{0,2}|import|require|default|node|name|main|type|exports|imports|0)";
        let text = "(\\./|\\.\\./|#|/)?[./ax*%2e\\u{e9}]{0,8}|node_modules|path|a|b/x\\.js|module";
        let leaf = prop_oneof![
            4 => text.prop_map(|text: String| format!("\"{text}\"")),
            1 => "null|true|-?[0-9]{1,3}|\"\\\\\\\\\"|\"\\\\u0000\"",
        ];
        leaf.prop_recursive(5, 40, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|items| format!("[{}]", items.join(","))),
                prop::collection::vec((key, inner), 0..4).prop_map(|entries| {
                    let entries = entries.iter().map(|(key, value)| format!("\"{key}\":{value}"));
                    format!("{{{}}}", entries.collect::<Vec<_>>().join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_is_typed_stays_inside(
            base in "(a/|node_modules/|\\.\\./|/)?[a-z]{1,3}\\.js",
            typed in "[#@.]{0,2}[./a-z%\\\\*:]{0,12}",
        ) {
            check(r##"{"exports":{"./*":"./*"},"imports":{"#*":"./*"}}"##, &base, &typed)?;
            check(r##"{"main":"x","imports":{"#*":"*"}}"##, &base, &typed)?;
        }

        #[test]
        fn whatever_a_package_json_says_stays_inside(
            exports in json(),
            imports in json(),
            main in "[./ax]{0,8}",
            typed in "a(/[ax./*]{1,5})?|#[ax*/.]{0,3}|\\./[ax./]{0,4}",
        ) {
            let config = format!(r#"{{"name":"a","main":"{main}","imports":{imports},"exports":{exports}}}"#);
            for base in ["main.js", "a/main.js", "node_modules/a/lib/x.js"] {
                check(&config, base, &typed)?;
                check(&config.replacen("exports", "x", 1), base, &typed)?;
            }
        }

        #[test]
        fn any_json_and_any_text_is_a_package_json_or_is_refused(text in json(), junk in ".{0,40}") {
            for config in [&text, &junk, &format!("{text}{junk}")] {
                check(config, "a/main.js", "a/x")?;
                check(config, "node_modules/a/x.js", "#x")?;
            }
        }
    }
}
