//! Paths in a bundle, as text: relative to its root, with `/`. The root is the empty path.

/// The folder that holds a package's dependencies.
pub(super) const MODULES: &str = "node_modules";

/// Why a path cannot be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// It leaves the folder that it has to stay in.
    Leaves,
    /// It has a backslash or a NUL, which no file of a bundle has.
    Character,
}

/// The folder in which a file or folder lies.
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

/// Goes from a folder along a relative path, by the text alone, to somewhere in the folder `within`.
///
/// # Errors
/// [`Astray`].
pub(super) fn follow(folder: &str, relative: &str, within: &str) -> Result<String, Astray> {
    if relative.contains(['\\', '\0']) {
        return Err(Astray::Character);
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(Astray::Leaves)?),
            name => parts.push(name),
        }
    }
    let path = parts.join("/");
    if is_within(&path, within) { Ok(path) } else { Err(Astray::Leaves) }
}

/// Whether a path is a folder or lies in it.
pub(super) fn is_within(path: &str, folder: &str) -> bool {
    let Some(rest) = path.strip_prefix(folder) else { return false };
    folder.is_empty() || rest.is_empty() || rest.starts_with('/')
}

/// A folder, the one in which it lies, and so on to the bundle's root.
pub(super) fn upwards<'a>(start: &'a str) -> impl Iterator<Item = &'a str> {
    let above = |path: &'a str| (!path.is_empty()).then(|| folder(path));
    std::iter::successors(Some(start), move |path| above(path))
}

/// Whether a folder is a `node_modules`.
pub(super) fn is_modules(path: &str) -> bool {
    path.rsplit('/').next() == Some(MODULES)
}

/// Whether a file belongs to a package that the plugin brings along, not to the plugin.
pub(super) fn is_vendored(path: &str) -> bool {
    folder(path).split('/').any(|part| part == MODULES)
}

/// The folder of the package that a folder belongs to, as installers lay packages out: what is right
/// below a `node_modules`, or below a scope in it; the bundle's root for the plugin's own folders.
pub(super) fn home(path: &str) -> &str {
    let mut best = "";
    let mut parent = None;
    let mut end = 0;
    for part in path.split('/') {
        end += part.len();
        match parent {
            Some(MODULES) => best = &path[..end],
            Some(scope) if scope.starts_with('@') && is_modules(folder(folder(&path[..end]))) => {
                best = &path[..end];
            }
            _ => {}
        }
        parent = Some(part);
        end += 1;
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folder: &str, relative: &str, within: &str, expect: Result<&str, Astray>) {
        assert_eq!(follow(folder, relative, within), expect.map(str::to_owned), "{relative}");
    }

    #[test]
    fn paths_are_followed_by_their_text() {
        check("", "a.js", "", Ok("a.js"));
        check("lib", "./x/../y//./z.js", "", Ok("lib/y/z.js"));
        check("lib", "..", "", Ok(""));
        check("a/b", "../../c/", "", Ok("c"));
        check("a/b", "../b/c", "a/b", Ok("a/b/c"));
    }

    #[test]
    fn nothing_leaves_the_folder_that_it_has_to_stay_in() {
        check("lib", "../../x.js", "", Err(Astray::Leaves));
        check("lib", "../../lib/x.js", "", Err(Astray::Leaves));
        check("a/b", "../bc", "a/b", Err(Astray::Leaves));
        check("a/b", "..", "a/b", Err(Astray::Leaves));
        check("a", "b\\c", "", Err(Astray::Character));
        check("a", "b\0c", "", Err(Astray::Character));
    }

    #[test]
    fn the_way_up_ends_at_the_root() {
        assert_eq!(upwards("a/b/c").collect::<Vec<_>>(), ["a/b/c", "a/b", "a", ""]);
        assert_eq!(upwards("").collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn a_package_has_the_folder_that_installers_give_it() {
        for (path, expect) in [
            ("", ""),
            ("lib/x", ""),
            ("node_modules", ""),
            ("node_modules/a", "node_modules/a"),
            ("node_modules/a/lib", "node_modules/a"),
            ("node_modules/@s/a/lib", "node_modules/@s/a"),
            ("node_modules/@s", "node_modules/@s"),
            ("node_modules/a/@s/b", "node_modules/a"),
            ("x/node_modules/a/node_modules/b/c", "x/node_modules/a/node_modules/b"),
        ] {
            assert_eq!(home(path), expect, "{path}");
        }
    }

    #[test]
    fn vendored_files_are_told_from_the_plugins_own() {
        assert!(is_vendored("node_modules/a/x.js") && is_vendored("lib/node_modules/x.js"));
        assert!(!is_vendored("main.js") && !is_vendored("lib/node_modules"));
        assert!(is_modules("a/node_modules") && !is_modules("my_node_modules"));
    }
}
