//! What an `import` names. Pure: no file is looked at.
//!
//! The bundle is a virtual tree below [`ROOT`]. Nothing is decoded, resolved or guessed, so that
//! the name that was checked is the name that is read.

use crate::builtins::{self, NodeModule};

/// The URL of the bundle's root, as seen in `import.meta.url` and in stack traces.
pub(crate) const ROOT: &str = "aether://plugin/";

/// Longest specifier, in bytes. Stops megabyte names in messages and requests.
const SPECIFIER_BYTES: usize = 2 << 10;

/// Code of a module that exists but is not for plugins.
const BLOCKED: &str = "ERR_MODULE_BLOCKED";

/// Code of a module that does not exist.
const NOT_FOUND: &str = "ERR_MODULE_NOT_FOUND";

/// Code of an import whose attributes do not fit.
const ATTRIBUTE: &str = "ERR_IMPORT_ATTRIBUTE";

/// What a specifier names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file of the bundle, by its path below the root.
    File(String),
    /// A module of the runtime, such as `aether:fs` or `node:path`.
    Builtin(String),
}

impl Target {
    /// The name by which an engine knows the module.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("{ROOT}{path}"),
            Self::Builtin(name) => name.clone(),
        }
    }

    /// What an engine's name for a module stands for.
    pub(crate) fn from_url(url: &str) -> Self {
        match url.strip_prefix(ROOT) {
            Some(path) => Self::File(path.to_owned()),
            None => Self::Builtin(url.to_owned()),
        }
    }
}

/// Why a specifier names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    /// `ERR_MODULE_BLOCKED` or `ERR_MODULE_NOT_FOUND`.
    pub(crate) code: &'static str,
    /// For the plugin's author.
    pub(crate) message: String,
    /// What to use instead, if there is something.
    pub(crate) alternative: Option<&'static str>,
}

/// Resolves a specifier found in the module `base`.
///
/// # Errors
/// [`Refused`] with the reason.
pub(crate) fn resolve(base: &str, specifier: &str, compat: &[String]) -> Result<Target, Refused> {
    if specifier.len() > SPECIFIER_BYTES {
        return Err(not_found("a module name is too long".into()));
    }
    if let Some(path) = specifier.strip_prefix(ROOT) {
        return file("", path, specifier);
    }
    if specifier.starts_with("./") || specifier.starts_with("../") {
        let from = base.strip_prefix(ROOT).unwrap_or_default();
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        return file(folder, specifier, specifier);
    }
    if builtins::AETHER.contains(&specifier) {
        return Ok(Target::Builtin(specifier.to_owned()));
    }
    if let Some(name) = specifier.strip_prefix("node:") {
        let unknown = || not_found(format!("Node has no module `{specifier}`"));
        return node(name, compat).unwrap_or_else(|| Err(unknown()));
    }
    node(specifier, compat).unwrap_or_else(|| Err(elsewhere(specifier)))
}

/// Whether a specifier is looked for in packages: no relative name, no URL, no module of the runtime.
pub(crate) fn is_packaged(specifier: &str) -> bool {
    let is_relative = ["./", "../", "/"].iter().any(|start| specifier.starts_with(start));
    let has_scheme = specifier.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    !is_relative && !has_scheme && !matches!(specifier, "." | "..") && !is_builtin(specifier)
}

/// Whether a specifier names a module of the runtime, or one of Node's that plugins do not have.
pub(crate) fn is_builtin(specifier: &str) -> bool {
    builtins::AETHER.contains(&specifier)
        || specifier.starts_with("node:")
        || builtins::node(specifier).is_some()
}

/// Checks an import's attributes (`with { type: 'json' }`) against what is imported. JSON needs
/// the attribute, everything else has none, so that one file is one module.
///
/// # Errors
/// [`Refused`] for an attribute that is missing, unknown or does not fit.
pub(crate) fn check_attributes(
    target: &Target,
    attributes: &[(String, String)],
) -> Result<(), Refused> {
    let json = matches!(target, Target::File(path) if is_json(path));
    let refused = |message: String| Err(Refused { code: ATTRIBUTE, message, alternative: None });
    match attributes {
        [] if json => {
            let url = target.url();
            let name = url.rsplit('/').next().unwrap_or_default();
            refused(format!(
                "JSON is imported as `import x from './{name}' with {{ type: 'json' }}`"
            ))
        }
        [] => Ok(()),
        [(key, kind)] if key == "type" && kind == "json" && json => Ok(()),
        [(key, kind)] if key == "type" && kind == "json" => {
            refused("only `.json` files can be imported as JSON".into())
        }
        [(key, value), ..] => refused(format!(
            "an import with {{ {}: '{}' }} is not supported",
            shown(key),
            shown(value)
        )),
    }
}

/// Whether a file is imported as JSON.
pub(crate) fn is_json(path: &str) -> bool {
    path.ends_with(".json")
}

/// Whether a file has types, which are erased before it is run.
pub(crate) fn is_typescript(path: &str) -> bool {
    [".ts", ".mts", ".cts"].iter().any(|ending| path.ends_with(ending))
}

/// A file that the host does not have, said with what may have been meant.
pub(crate) fn missing(path: &str, referrer: &str) -> Refused {
    let from = referrer.strip_prefix(ROOT).filter(|from| !from.is_empty());
    let from = from.map(|from| format!(", imported from `{from}`")).unwrap_or_default();
    let name = path.rsplit('/').next().unwrap_or(path);
    let hint = match name.rsplit_once('.') {
        None => "; write the file's extension, as in `./util.js`",
        Some((_, "tsx" | "jsx")) => "; JSX is not run: compile it first",
        Some((_, "js" | "mjs" | "cjs")) if is_typescript(referrer) => {
            "; a TypeScript file is imported by its own name, as in `./util.ts`"
        }
        Some(_) => "",
    };
    not_found(format!("the bundle has no file `{path}`{from}{hint}"))
}

fn file(folder: &str, relative: &str, specifier: &str) -> Result<Target, Refused> {
    let odd = |what: &str| not_found(format!("`{}` {what}", shown(specifier)));
    if relative.contains(['\\', '\0']) {
        return Err(odd("has a backslash or a NUL; paths in a bundle are written with `/`"));
    }
    if relative.contains('%') {
        return Err(odd("is percent-encoded; write the file's name as it is"));
    }
    if relative.contains(['?', '#']) {
        return Err(odd("has a query or fragment; a bundle has files only"));
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err(blocked(
                    format!("`{}` leads out of the bundle", shown(specifier)),
                    "put the file into the plugin's folder",
                ));
            }
            ".." => {}
            name => parts.push(name),
        }
    }
    if parts.is_empty() || relative.ends_with('/') {
        return Err(odd("is a folder; name the file, as in `./lib/index.js`"));
    }
    Ok(Target::File(parts.join("/")))
}

fn node(name: &str, compat: &[String]) -> Option<Result<Target, Refused>> {
    let alternative = match builtins::node(name)? {
        NodeModule::Works => return Some(Ok(Target::Builtin(format!("node:{name}")))),
        NodeModule::OptIn if compat.iter().any(|entry| entry == builtins::FS_OPT_IN) => {
            return Some(Ok(Target::Builtin(format!("node:{name}"))));
        }
        NodeModule::OptIn => builtins::fs_alternative(),
        NodeModule::Blocked(instead) => instead,
    };
    let message = format!("`node:{name}` is not available to plugins: {alternative}");
    Some(Err(blocked(message, alternative)))
}

/// Absolute paths, other schemes, and bare names.
fn elsewhere(specifier: &str) -> Refused {
    let named = shown(specifier);
    if specifier.starts_with("aether:") {
        let modules = builtins::AETHER.join("`, `");
        return not_found(format!("there is no module `{named}`; there are `{modules}`"));
    }
    if specifier.starts_with('/') {
        let message = format!("`{named}` is an absolute path; import relative to the file");
        return blocked(message, "import relative to the file, as in `./util.js`");
    }
    let scheme = specifier.split_once(':').map(|(scheme, _)| scheme);
    if scheme.is_some_and(is_scheme) || specifier.contains('\\') {
        let message = format!("`{named}` cannot be imported: code comes from the bundle only");
        return blocked(message, "put the file into the plugin's folder");
    }
    let message = format!(
        "cannot find the package `{named}`: it must be in the plugin's own `node_modules` \
         (`npm install` in the plugin's folder), or in the plugin's files; is it `./…`?"
    );
    not_found(message)
}

fn is_scheme(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic())
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn shown(specifier: &str) -> String {
    aether_protocol::limits::cut(specifier, 200).escape_debug().to_string()
}

fn blocked(message: String, alternative: &'static str) -> Refused {
    Refused { code: BLOCKED, message, alternative: Some(alternative) }
}

fn not_found(message: String) -> Refused {
    Refused { code: NOT_FOUND, message, alternative: None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(base: &str, specifier: &str, expect: &str) {
        let got = match resolve(base, specifier, &[]) {
            Ok(target) => target.url(),
            Err(refused) => format!("{}: {refused}", refused.code),
        };
        assert!(got.contains(expect), "{specifier}\n  gave {got}\n  expected {expect}");
    }

    #[test]
    fn files_resolve_lexically() {
        let base = "aether://plugin/lib/a.js";
        check(base, "./b.js", "aether://plugin/lib/b.js");
        check(base, "../b.js", "aether://plugin/b.js");
        check(base, "./x/../y//./z.js", "aether://plugin/lib/y/z.js");
        check(base, "aether://plugin/main.js", "aether://plugin/main.js");
        check("", "./main.js", "aether://plugin/main.js");
    }

    #[test]
    fn nothing_leads_out() {
        let base = "aether://plugin/lib/a.js";
        check(base, "../../b.js", "ERR_MODULE_BLOCKED");
        check(base, "../../../etc/passwd", "out of the bundle");
        check(base, "aether://plugin/../x.js", "ERR_MODULE_BLOCKED");
        check(base, "/etc/passwd", "ERR_MODULE_BLOCKED");
        check(base, "C:\\x.js", "ERR_MODULE_BLOCKED");
        check(base, "c:/x.js", "ERR_MODULE_BLOCKED");
        check(base, "\\\\server\\x.js", "ERR_MODULE_BLOCKED");
        check(base, "./..\\b.js", "ERR_MODULE_NOT_FOUND");
        check(base, "./%2e%2e/b.js", "percent");
        check(base, "./a\0.js", "ERR_MODULE_NOT_FOUND");
        check(base, "./b.js?x", "query");
        check(base, "./", "folder");
        check(base, "..", "ERR_MODULE_NOT_FOUND");
        for scheme in ["file", "data", "http", "https", "blob", "npm", "NODE"] {
            check(base, &format!("{scheme}:x"), "ERR_MODULE_BLOCKED");
        }
    }

    #[test]
    fn builtins_and_what_is_said_of_the_others() {
        check("", "aether:fs", "aether:fs");
        check("", "aether:net", "there is no module `aether:net`; there are");
        check("", "path", "node:path");
        check("", "node:path", "node:path");
        check("", "node:fs", "aether:fs");
        check("", "child_process", "ERR_MODULE_BLOCKED");
        check("", "node:dns/promises", "ERR_MODULE_BLOCKED");
        check("", "node:nope", "Node has no module");
        check("", "node:constructor", "Node has no module");
        check("", "left-pad", "`npm install`");
        check("", "@scope/pkg", "node_modules");
        let opted = ["node:fs".to_owned()];
        assert_eq!(resolve("", "fs/promises", &opted).unwrap().url(), "node:fs/promises");
    }

    #[test]
    fn a_missing_file_comes_with_a_guess() {
        assert!(missing("lib/util", "").message.contains("extension"));
        assert!(missing("a.ts", "aether://plugin/main.js").message.contains("from `main.js`"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_stays_inside(base in "(lib/)?[a-z]{1,3}\\.js", typed in "[./a-z%\\\\:]{0,20}") {
            let base = format!("{ROOT}{base}");
            if let Ok(Target::File(path)) = resolve(&base, &typed, &[]) {
                prop_assert!(!path.starts_with('/') && !path.is_empty());
                prop_assert!(path.split('/').all(|part| !part.is_empty() && part != "." && part != ".."));
            }
        }
    }
}
