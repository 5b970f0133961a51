//! Secrets that a plugin uses without having them.

use std::fmt;
use std::net::IpAddr;

use aether_manifest::DomainPattern;

use super::rules::{is_whole, matches, miss};
use super::{Advice, Basic, Class, Denied, Host, Request, Scheme, Why};
use crate::wire::Fields;

/// Shortest placeholder, in bytes: a short one could stand in a request by chance, and by chance the
/// secret would be sent.
pub const MIN_PLACEHOLDER: usize = 16;

/// Longest placeholder, in bytes: each is looked for in each request.
pub(super) const MAX_PLACEHOLDER: usize = 256;

/// Longest secret, in bytes: it is sent in one header.
const MAX_VALUE: usize = 8 * 1024;

/// A secret. The plugin has a placeholder; in the headers of a request that may carry the secret the
/// gateway puts the secret in its place, after the decision. In `Basic` credentials it does so too,
/// which are decoded and encoded again. A placeholder in any other request, or in a path, a query or
/// a body, is denied: it is on its way to somebody whom it does not concern, or into logs.
///
/// What is seen is the placeholder as it was given out. In a body that is compressed, or encoded in
/// another way, it is not, and neither is it in a tunnel that is not looked into: tunnels to the
/// hosts of a secret are, those to other hosts that are granted as a whole are not. A placeholder is
/// worth nothing to whoever gets it there.
#[derive(Clone)]
pub struct Secret {
    name: String,
    placeholder: String,
    value: String,
    to: Vec<DomainPattern>,
    /// Nothing may carry it any more.
    is_withheld: bool,
    /// It is no secret, and nobody is to send it anywhere.
    is_decoy: bool,
}

impl Secret {
    /// A secret by its name, for the requests that `to` matches, by TLS or to this machine.
    pub fn new(
        name: &str,
        placeholder: &str,
        value: &str,
        to: impl IntoIterator<Item = DomainPattern>,
    ) -> Result<Self, SecretError> {
        if !is_placeholder(placeholder) {
            return Err(SecretError::Placeholder);
        }
        let sendable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if value.is_empty() || value.len() > MAX_VALUE || !sendable || value.contains(placeholder) {
            return Err(SecretError::Value);
        }
        let to = to.into_iter().collect();
        let (name, placeholder) = (name.to_owned(), placeholder.to_owned());
        let value = value.to_owned();
        Ok(Secret { name, placeholder, value, to, is_withheld: false, is_decoy: false })
    }

    /// A text by its name that no honest client has a reason to send: a request that holds it, wherever a
    /// placeholder would be looked for, is denied with [`Why::Decoy`](super::Why::Decoy). It has the
    /// form of a placeholder.
    pub fn decoy(name: &str, text: &str) -> Result<Self, SecretError> {
        if !is_placeholder(text) {
            return Err(SecretError::Placeholder);
        }
        let (name, placeholder) = (name.to_owned(), text.to_owned());
        let (value, to) = (String::new(), Vec::new());
        Ok(Secret { name, placeholder, value, to, is_withheld: true, is_decoy: true })
    }

    /// Whether it is one.
    pub(super) const fn is_decoy(&self) -> bool {
        self.is_decoy
    }

    /// What a request is denied for that holds it.
    pub(super) fn denied(&self) -> Denied {
        let name = self.name.clone();
        let why = if self.is_decoy { Why::Decoy(name) } else { Why::Secret(name) };
        Denied { why, rule: None, advice: Advice::default() }
    }

    /// The same, which nothing may carry: its placeholder is denied wherever it stands.
    pub(super) fn withheld(mut self) -> Self {
        self.is_withheld = true;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether one of the patterns is for the host and port.
    pub(super) fn concerns(&self, host: &Host, port: u16) -> bool {
        let for_both = |pattern: &DomainPattern| {
            matches(pattern.host(), host) && pattern.port().unwrap_or(443) == port
        };
        self.to.iter().any(for_both)
    }

    /// Whether the request may carry it. With a header that may change the method or path, those that
    /// it is limited to are not certain.
    pub(super) fn goes_to(&self, request: &Request, overriding: Option<&str>) -> bool {
        let loopback = |address: IpAddr| Class::of(address) == Class::Loopback;
        let is_here = request.host.is_localhost() || request.host.address().is_some_and(loopback);
        let unheard = request.scheme == Scheme::Https || is_here;
        let default = request.scheme.default_port();
        let may = |pattern: &DomainPattern| {
            miss(pattern, request, default).is_none() && (overriding.is_none() || is_whole(pattern))
        };
        unheard && !self.is_withheld && self.to.iter().any(may)
    }

    /// Whether the bytes hold the placeholder.
    pub(super) fn is_in(&self, bytes: &[u8]) -> bool {
        self.place_in(bytes).is_some()
    }

    /// Whether a header holds the placeholder, in its name or value.
    pub(super) fn is_in_fields(&self, fields: &Fields) -> bool {
        let is_encoded = |value: &[u8]| Basic::parse(value).is_some_and(|b| self.is_in(b.text()));
        fields.iter().any(|(name, value)| {
            self.is_in(name.as_bytes()) || self.is_in(value) || is_encoded(value)
        })
    }

    /// A header's value with the secret in it, if it holds the placeholder.
    pub(super) fn filled(&self, value: &[u8]) -> Option<Vec<u8>> {
        if let Some(basic) = Basic::parse(value).filter(|basic| self.is_in(basic.text())) {
            return Some(basic.with_text(self.fill(basic.text())).value().into_bytes());
        }
        self.is_in(value).then(|| self.fill(value))
    }

    /// The bytes with the secret wherever the placeholder was.
    fn fill(&self, mut bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + self.value.len());
        while let Some(at) = self.place_in(bytes) {
            out.extend_from_slice(&bytes[..at]);
            out.extend_from_slice(self.value.as_bytes());
            bytes = &bytes[at + self.placeholder.len()..];
        }
        out.extend_from_slice(bytes);
        out
    }

    /// Where in the bytes the placeholder is first.
    fn place_in(&self, bytes: &[u8]) -> Option<usize> {
        let placeholder = self.placeholder.as_bytes();
        let first = placeholder.first()?;
        let mut start = 0;
        // The first letter alone is looked for fast, and the rest only where it is.
        while let Some(at) = bytes[start..].iter().position(|byte| byte == first) {
            if bytes[start + at..].starts_with(placeholder) {
                return Some(start + at);
            }
            start += at + 1;
        }
        None
    }
}

/// Without the secret.
/// Whether a text can stand for a secret.
fn is_placeholder(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (MIN_PLACEHOLDER..=MAX_PLACEHOLDER).contains(&text.len()) && text.bytes().all(plain)
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Secret").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What cannot be a secret or its placeholder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The placeholder could be met by chance, or cannot be sent as it is.
    #[error(
        "a placeholder has {MIN_PLACEHOLDER} to {MAX_PLACEHOLDER} letters, digits, `_` and `-`"
    )]
    Placeholder,
    /// The secret cannot be sent in a header, or holds its own placeholder.
    #[error("a secret has 1 to {MAX_VALUE} printable ASCII characters, and not its placeholder")]
    Value,
}
