//! Why a specifier names nothing: Node's code, and a message for the plugin's author.

/// Code of a name that is no specifier.
pub(super) const INVALID_SPECIFIER: &str = "ERR_INVALID_MODULE_SPECIFIER";

/// Code of a `package.json` that cannot be used.
pub(super) const INVALID_CONFIG: &str = "ERR_INVALID_PACKAGE_CONFIG";

/// Code of a target in `exports` or `imports` that is none.
pub(super) const INVALID_TARGET: &str = "ERR_INVALID_PACKAGE_TARGET";

/// Code of a path that a package keeps to itself.
pub(super) const NOT_EXPORTED: &str = "ERR_PACKAGE_PATH_NOT_EXPORTED";

/// Code of a `#name` that a package does not have.
pub(super) const IMPORT_NOT_DEFINED: &str = "ERR_PACKAGE_IMPORT_NOT_DEFINED";

/// Code of an import that names a folder.
pub(super) const DIRECTORY: &str = "ERR_UNSUPPORTED_DIR_IMPORT";

/// Code of a file that is neither JavaScript nor JSON.
pub(super) const UNKNOWN_EXTENSION: &str = "ERR_UNKNOWN_FILE_EXTENSION";

/// Code of what leads out of the bundle. Not Node's, but the one that every other import has here.
pub(super) const BLOCKED: &str = "ERR_MODULE_BLOCKED";

/// Longest part of a message that comes from a plugin, in characters.
const SHOWN_CHARS: usize = 200;

/// Why nothing was found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Problem<E> {
    /// The specifier, or a package that it leads to.
    Refused(Refused),
    /// The bundle could not be asked.
    Files(E),
}

/// What a step of a search comes to.
pub(super) type Answer<T, F> = Result<T, Problem<<F as super::Files>::Error>>;

impl<E> From<Refused> for Problem<E> {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// Why a specifier names nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Refused {
    /// What Node says in the same case, for programs.
    pub(crate) code: &'static str,
    /// For the plugin's author: what is wrong, where, and what to do.
    pub(crate) message: String,
}

impl Refused {
    pub(super) fn new(code: &'static str, message: String) -> Self {
        Self { code, message }
    }

    /// A `package.json` that cannot be used.
    pub(super) fn config(folder: &str, reason: &str) -> Self {
        let path = shown(&super::path::join(folder, "package.json"));
        Self::new(INVALID_CONFIG, format!("`{path}` cannot be used: {reason}"))
    }
}

/// A stranger's text as it can stand in a message.
pub(super) fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strange_text_is_cut_and_escaped() {
        assert_eq!(shown("a\n\u{202e}b"), "a\\n\\u{202e}b");
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), SHOWN_CHARS);
    }

    #[test]
    fn a_package_json_is_named_by_its_path() {
        let refused = Refused::config("node_modules/a", "it is not JSON");
        assert_eq!(
            refused.to_string(),
            "`node_modules/a/package.json` cannot be used: it is not JSON"
        );
        assert_eq!(Refused::config("", "x").to_string(), "`package.json` cannot be used: x");
    }
}
