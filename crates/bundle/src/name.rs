//! Names that mean the same file on every platform.

/// Whether an entry's name may stand in a bundle. Names with `\` or `:` would be paths, drives or
/// streams on Windows; control characters serve only to deceive a reader.
#[must_use]
pub fn is_portable(name: &str) -> bool {
    !name.is_empty()
        && name != "."
        && name != ".."
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portable_names() {
        for good in ["main.js", "…", "a b", ".hidden", "...", "aether-plugin.json"] {
            assert!(is_portable(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a\\b", "c:", "a\nb", "a\0", "\u{7f}", "\u{85}"] {
            assert!(!is_portable(bad), "{bad:?}");
        }
    }
}
