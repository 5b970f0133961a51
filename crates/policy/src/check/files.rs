//! The files of a bundle, by their names.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Path to content.
pub(super) type Files = BTreeMap<String, Arc<[u8]>>;

/// The folder that holds packages.
const MODULES: &str = "node_modules";

/// Whether a file of this name has code.
pub(super) fn is_script(name: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a file of this name has types and nothing that runs.
pub(super) fn is_declaration(name: &str) -> bool {
    [".d.ts", ".d.mts", ".d.cts"].iter().any(|ending| name.ends_with(ending))
}

/// Whether a file of this name has no code.
pub(super) fn is_data(name: &str) -> bool {
    [".json", ".wasm", ".txt"].iter().any(|ending| name.ends_with(ending))
}

/// The folder in which a file or folder lies; the bundle's own is the empty name.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What is called `name` in a folder.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// A folder, the one in which it lies, and so on to the bundle's own.
pub(super) fn upwards<'a>(start: &'a str) -> impl Iterator<Item = &'a str> {
    let above = |path: &'a str| (!path.is_empty()).then(|| folder(path));
    std::iter::successors(Some(start), move |path| above(path))
}

/// Whether a folder is one that holds packages.
pub(super) fn holds_packages(folder: &str) -> bool {
    folder.rsplit('/').next() == Some(MODULES)
}

/// The folder `name` in a folder's own `node_modules`.
pub(super) fn package_in(folder: &str, name: &str) -> String {
    join(&join(folder, MODULES), name)
}

/// The folder of the package that a file came with, which installers put right below a `node_modules`,
/// or below a scope in it; none for the plugin's own files.
pub(super) fn home(file: &str) -> Option<&str> {
    let begins = |start: &str| file.starts_with(start).then_some(start.len());
    let inner = file.rfind("/node_modules/").map(|at| at + "/node_modules/".len());
    let inner = inner.or_else(|| begins("node_modules/"))?;
    let rest = file.get(inner..)?;
    let name = package_name(rest).map_or(rest, |(name, _)| name);
    file.get(..inner + name.len())
}

/// A bare name, taken apart: the package, such as `name` or `@scope/name`, and what follows it.
pub(super) fn package_name(name: &str) -> Option<(&str, &str)> {
    let slash = match (name.find('/'), name.starts_with('@')) {
        (Some(first), true) => {
            let rest = name.get(first + 1..)?;
            rest.find('/').map(|next| first + 1 + next)
        }
        (None, true) => return None,
        (first, false) => first,
    };
    let (package, rest) = name.split_at(slash.unwrap_or(name.len()));
    let odd = |part: &str| matches!(part, "" | "." | "..");
    let refused = package.starts_with('.')
        || package.contains(['\\', '%', '\0'])
        || package.split('/').any(odd);
    (!refused).then_some((package, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_typed_is_taken_apart(name in "[@./a%\\\\]{0,12}", any in any::<String>()) {
            for name in [&name, &any] {
                if let Some((package, rest)) = package_name(name) {
                    prop_assert_eq!(format!("{package}{rest}"), name.as_str());
                }
                let file = format!("a/node_modules/{name}");
                prop_assert!(home(&file).is_some_and(|home| file.starts_with(home)));
            }
        }
    }

    #[test]
    fn a_file_belongs_to_the_innermost_package() {
        let check = |path: &str, expect: Option<&str>| assert_eq!(home(path), expect, "{path}");
        check("main.js", None);
        check("lib/a.js", None);
        check("node_modules", None);
        check("my_node_modules/a/b.js", None);
        check("node_modules/a/b.js", Some("node_modules/a"));
        check("node_modules/a/lib/b.js", Some("node_modules/a"));
        check("node_modules/@s/a/lib/b.js", Some("node_modules/@s/a"));
        check("node_modules/a.js", Some("node_modules/a.js"));
        check("node_modules/.bin/a", Some("node_modules/.bin/a"));
        check("x/node_modules/a/node_modules/b/c.js", Some("x/node_modules/a/node_modules/b"));
        check("node_modules/a/@s/b.js", Some("node_modules/a"));
    }

    #[test]
    fn names_are_taken_apart() {
        let check = |name: &str, expect: Option<(&str, &str)>| {
            assert_eq!(package_name(name), expect, "{name}");
        };
        check("a", Some(("a", "")));
        check("a/b/c.js", Some(("a", "/b/c.js")));
        check("@s/a", Some(("@s/a", "")));
        check("@s/a/b.js", Some(("@s/a", "/b.js")));
        for name in ["", "@s", "@s/", "@s/..", "@s//a", ".a", "a%2fb", "a\\b", "/a"] {
            check(name, None);
        }
    }

    #[test]
    fn folders_are_joined_and_left() {
        assert_eq!(upwards("a/b").collect::<Vec<_>>(), ["a/b", "a", ""]);
        assert_eq!(package_in("", "@s/a"), "node_modules/@s/a");
        assert_eq!(package_in("lib", "a"), "lib/node_modules/a");
        assert!(holds_packages("lib/node_modules") && !holds_packages("node_modules/a"));
    }
}
