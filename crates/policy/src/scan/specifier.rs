//! What the text between an import's quotes names.

use crate::modules::{Module, aether_module, node_module};

/// The kinds of module name; decided by the text alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Specifier<'a> {
    /// `./x`, `../x`: a file of the bundle, or out of it.
    Relative(&'a str),
    /// `/x`
    Absolute,
    /// `https:…`, `data:…`, `blob:…`, `file:…` or any other scheme; the value is the scheme.
    Url(&'a str),
    /// `aether:fs` and its kin, without the prefix.
    Aether(&'static str),
    /// One of Node's modules, with or without `node:`.
    Node(&'static Module),
    /// Nothing that every cell knows: a package that the bundle may have, or nothing at all.
    Unknown,
}

/// Whether a name that is [`Specifier::Unknown`] could be that of a package, or begins with `#` and so
/// is one of a package's own.
pub(crate) fn is_packaged(unknown: &str) -> bool {
    !unknown.is_empty() && scheme(unknown).is_none()
}

impl<'a> Specifier<'a> {
    /// Sorts a module name.
    pub fn of(text: &'a str) -> Self {
        if text.starts_with("./") || text.starts_with("../") || text == "." || text == ".." {
            return Specifier::Relative(text);
        }
        if text.starts_with('/') {
            return Specifier::Absolute;
        }
        if let Some(name) = aether_module(text) {
            return Specifier::Aether(name);
        }
        if let Some(module) = node_module(text) {
            return Specifier::Node(module);
        }
        match scheme(text) {
            None | Some("aether" | "node") => Specifier::Unknown,
            Some(scheme) => Specifier::Url(scheme),
        }
    }
}

/// The scheme of a URL (RFC 3986, section 3.1), if the text begins with one.
fn scheme(text: &str) -> Option<&str> {
    let (scheme, _) = text.split_once(':')?;
    let first = scheme.starts_with(|character: char| character.is_ascii_alphabetic());
    let rest = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (first && rest).then_some(scheme)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_their_text() {
        let check = |text: &str, expect: &str| {
            let found = match Specifier::of(text) {
                Specifier::Relative(_) => "relative".to_owned(),
                Specifier::Absolute => "absolute".to_owned(),
                Specifier::Url(scheme) => format!("url {scheme}"),
                Specifier::Aether(name) => format!("aether {name}"),
                Specifier::Node(module) => format!("node {}", module.name),
                Specifier::Unknown => "unknown".to_owned(),
            };
            assert_eq!(found, expect, "{text}");
        };
        check("./a.js", "relative");
        check("../a.js", "relative");
        check("..", "relative");
        check("/etc/passwd", "absolute");
        check("https://x.example/a.js", "url https");
        check("data:text/javascript,1", "url data");
        check("C:\\a.js", "url C");
        check("aether:fs", "aether fs");
        check("aether:fz", "unknown");
        check("node:fs", "node fs");
        check("fs/promises", "node fs/promises");
        check("node:left-pad", "unknown");
        check("left-pad", "unknown");
        check("@scope/pkg", "unknown");
        check("#internal", "unknown");
        check(":x", "unknown");
        check("", "unknown");
    }
}
