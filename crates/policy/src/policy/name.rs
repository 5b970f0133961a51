//! Which plugins a rule is for.

use std::fmt;

/// A plugin's name, or the beginning of one followed by `*`. The default matches none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct NamePattern {
    prefix: String,
    open: bool,
}

/// The longest name: the longest a manifest may have.
const MAX_NAME: usize = 64;

impl NamePattern {
    /// Reads a name or pattern; `*` may stand at the end only, so that of two patterns the one with
    /// the longer beginning is always the narrower.
    pub fn parse(text: &str) -> Option<Self> {
        let (prefix, open) = text.strip_suffix('*').map_or((text, false), |prefix| (prefix, true));
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let known = prefix.bytes().all(|byte| letter(byte) || matches!(byte, b'.' | b'_' | b'-'));
        let begins = prefix.bytes().next().map_or(open, letter);
        (known && begins && prefix.len() <= MAX_NAME)
            .then(|| NamePattern { prefix: prefix.to_owned(), open })
    }

    /// Whether the rule is for the plugin of this name.
    pub fn matches(&self, name: &str) -> bool {
        if self.open { name.starts_with(&self.prefix) } else { name == self.prefix }
    }

    /// Orders by narrowness: an exact name first, then the longest beginning.
    pub(super) fn narrowness(&self) -> (bool, usize) {
        (!self.open, self.prefix.len())
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.prefix, if self.open { "*" } else { "" })
    }
}
