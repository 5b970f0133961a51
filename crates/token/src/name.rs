//! Names that tokens speak of, checked once.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::limits::{MAX_HOST, MAX_NAME};

/// Why a text is not a name. Says what one is, since that is the way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAName {
    /// Not a [`Name`].
    #[error("a name is 1 to {MAX_NAME} of `A-Z`, `a-z`, `0-9`, `.`, `_`, `-` and `/`")]
    Name,
    /// Not a [`HostName`].
    #[error(
        "a host is a name in lower case without a trailing dot, or an address, in canonical form"
    )]
    Host,
}

/// The name of a gateway's method, a plugin, a command or a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

impl Name {
    /// Takes a name; anything else is an error, not repaired.
    ///
    /// # Errors
    /// [`NotAName::Name`].
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if (1..=MAX_NAME).contains(&text.len()) && text.bytes().all(known) {
            Ok(Name(text.to_owned()))
        } else {
            Err(NotAName::Name)
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A host in its one canonical form: a DNS name in lower case without a trailing dot, an IPv4
/// address, or an IPv6 address in brackets.
///
/// Hosts of tokens are compared by their text, so only one spelling of each is a host here. Whether
/// it may be dialled at all is decided elsewhere, by whoever dials.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// Takes a host that is already canonical; anything else is an error, not repaired.
    ///
    /// # Errors
    /// [`NotAName::Host`].
    pub fn parse(text: &str) -> Result<Self, NotAName> {
        if is_address(text) || is_dns_name(text) {
            Ok(HostName(text.to_owned()))
        } else {
            Err(NotAName::Host)
        }
    }

    /// The host as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

fn is_address(text: &str) -> bool {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    match inner {
        Some(inner) => inner.parse::<Ipv6Addr>().is_ok_and(|it| it.to_string() == inner),
        None => text.parse::<Ipv4Addr>().is_ok_and(|it| it.to_string() == text),
    }
}

fn is_dns_name(text: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(inside)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // Whoever resolves it may read a last label that is a number as the end of an IPv4 address.
    let last = text.rsplit('.').next().unwrap_or_default();
    let number = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_HOST && text.split('.').all(label) && !number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "fs.write", "log-triage", "/usr/bin/git", "A_1", &"x".repeat(128)] {
            assert!(Name::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "a,b", "a=b", "a%20", "é", "a\0", "a\n", &"x".repeat(129)] {
            assert_eq!(Name::parse(bad), Err(NotAName::Name), "{bad:?}");
        }
    }

    #[test]
    fn hosts() {
        for good in ["localhost", "api.example.com", "xn--bcher-kva.example", "10.0.0.5", "[::1]"] {
            assert!(HostName::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            ".",
            "a..b",
            "Example.com",
            "example.com.",
            "-a.com",
            "a-.com",
            "a_b.com",
            "bücher.example",
            "10.0.0.05",
            "10.1",
            "1",
            "0x7f.1",
            "a.0x1",
            "::1",
            "[::0001]",
            "[::ffff:1.2.3.4%1]",
            "[]",
            "a\0.com",
            &format!("{}.com", "x".repeat(64)),
            &"a.".repeat(127),
        ] {
            assert_eq!(HostName::parse(bad), Err(NotAName::Host), "{bad:?}");
        }
    }
}
