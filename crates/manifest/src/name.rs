//! Names: of plugins, of methods, of environment variables, of secrets, of programs.

use std::fmt;

use aether_path::VirtualPath;

/// Longest plugin name and method name, in bytes. Names become keys, file names and table columns.
pub(crate) const MAX_NAME: usize = 64;

/// Longest name of an environment variable, in bytes.
const MAX_ENV_NAME: usize = 128;

/// Why a text is not a name. Says what a name is, since that is the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Not a plugin name.
    #[error(
        "a plugin name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit"
    )]
    Plugin,
    /// Not the name of a secret.
    #[error(
        "a secret's name is 1 to 64 of `a-z`, `0-9`, `.`, `_` and `-`, and begins with a letter or digit"
    )]
    Secret,
    /// Not the name of an environment variable.
    #[error(
        "a variable name is 1 to 128 of `A-Z`, `a-z`, `0-9` and `_`, and does not begin with a digit"
    )]
    Environment,
}

/// The name of a plugin: `[a-z0-9][a-z0-9._-]{0,63}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PluginName(String);

impl PluginName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if is_name(text) { Ok(PluginName(text.to_owned())) } else { Err(NameError::Plugin) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name a person probably meant: lower case, with `-` for what is not allowed.
    pub(crate) fn suggestion(text: &str) -> Option<String> {
        let lower = text.trim().to_ascii_lowercase();
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let mut name: String =
            lower.chars().take(MAX_NAME).map(|c| if allowed(c) { c } else { '-' }).collect();
        name.drain(..name.len() - name.trim_start_matches(['-', '_', '.']).len());
        PluginName::parse(&name).ok().map(|name| name.0)
    }
}

impl fmt::Display for PluginName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The name of a secret: `[a-z0-9][a-z0-9._-]{0,63}`. Plugins speak of secrets by name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SecretName(String);

impl SecretName {
    /// What stands before the name where a secret is to be put in: `secret://deploy-key`.
    pub const SCHEME: &'static str = "secret://";

    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if is_name(text) { Ok(SecretName(text.to_owned())) } else { Err(NameError::Secret) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SecretName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The name of an environment variable: `[A-Za-z_][A-Za-z0-9_]{0,127}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnvName(String);

impl EnvName {
    /// Checks a name. There are no patterns: each variable is asked for by name.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        if is_word(text, MAX_ENV_NAME, "") {
            Ok(EnvName(text.to_owned()))
        } else {
            Err(NameError::Environment)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EnvName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// Whether the text has the form that names of plugins, secrets and commands share: 1 to 64 of
/// `a-z`, `0-9`, `.`, `_` and `-`, beginning with a letter or digit.
pub fn is_name(text: &str) -> bool {
    let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-');
    let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first && text.len() <= MAX_NAME && text.bytes().all(inside)
}

/// Whether the text names one program: by name, or by absolute path in normal form.
pub fn is_program(text: &str) -> bool {
    let name = !text.is_empty()
        && text.len() <= 255
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
        && !matches!(text, "." | "..");
    name || is_place(text)
}

/// Whether the text is an absolute path in normal form, of anything but the root.
pub(crate) fn is_place(text: &str) -> bool {
    VirtualPath::parse(text).is_ok_and(|path| !path.is_root())
}

/// Whether the text can be the name of an exported function: an ASCII identifier.
pub(crate) fn is_method(text: &str) -> bool {
    is_word(text, MAX_NAME, "$")
}

fn is_word(text: &str, longest: usize, extra: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || extra.contains(c);
    text.len() <= longest
        && text.starts_with(letter)
        && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plugin_names() {
        for good in ["a", "0", "log-triage", "a.b_c-d", &"x".repeat(64)] {
            assert!(PluginName::parse(good).is_ok() && SecretName::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "-a", ".a", "_a", "A", "a b", "a/b", "é", "a\n", &"x".repeat(65)] {
            assert_eq!(PluginName::parse(bad), Err(NameError::Plugin), "{bad:?}");
            assert_eq!(SecretName::parse(bad), Err(NameError::Secret), "{bad:?}");
        }
    }

    #[test]
    fn suggested_names_are_names() {
        assert_eq!(PluginName::suggestion("Log Triage"), Some("log-triage".into()));
        assert_eq!(PluginName::suggestion("@scope/name"), Some("scope-name".into()));
        assert_eq!(PluginName::suggestion("---"), None);
        assert_eq!(PluginName::suggestion("é"), None);
    }

    #[test]
    fn variable_and_method_names() {
        for good in ["LANG", "_x", "a1"] {
            assert!(EnvName::parse(good).is_ok() && is_method(good), "{good}");
        }
        for bad in ["", "1a", "A-B", "A=B", "LC_*", "é", "A\0"] {
            assert!(EnvName::parse(bad).is_err() && !is_method(bad), "{bad:?}");
        }
        assert!(is_method("$run") && EnvName::parse("$run").is_err());
    }
}
