//! The host of a request, canonical or refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aether_source::quoted;

/// Longest host name, in bytes, by DNS. What is longer is cut by some resolvers and not by others.
const MAX_NAME: usize = 253;
/// Longest label, in bytes, by DNS.
const MAX_LABEL: usize = 63;
/// Longest text that is looked at at all: a name beyond ASCII becomes shorter or longer in its
/// canonical form, but never from a megabyte.
const MAX_TYPED: usize = 1024;

/// A host in its one canonical form: a DNS name in lower case and ASCII without a trailing dot, or
/// an IP address.
///
/// Only this type is matched, resolved and dialled. Whatever could be read as one host here and as
/// another by a resolver or a server is refused, not repaired: NUL, `%`, full-width characters,
/// addresses in octal, hexadecimal or with parts left out.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Host(Kind);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Kind {
    Name(String),
    Address(IpAddr),
}

impl Host {
    /// Reads a host as it stands in a URL, where an IPv6 address has brackets. One trailing dot is
    /// dropped; names beyond ASCII become punycode.
    pub fn parse(text: &str) -> Result<Self, HostError> {
        parse(text).map(Host).map_err(|problem| HostError { typed: quoted(text), problem })
    }

    /// The host that is this address.
    pub fn from_address(address: IpAddr) -> Self {
        Host(Kind::Address(address))
    }

    /// The name; nothing when the host is an address.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Kind::Name(name) => Some(name),
            Kind::Address(_) => None,
        }
    }

    /// The address; nothing when the host is a name.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0 {
            Kind::Name(_) => None,
            Kind::Address(address) => Some(address),
        }
    }

    /// Whether it is `localhost` or below it, which by RFC 6761 is this machine whatever DNS says.
    pub fn is_localhost(&self) -> bool {
        self.name().is_some_and(|name| name == "localhost" || name.ends_with(".localhost"))
    }
}

/// As in a URL: an IPv6 address has brackets.
impl fmt::Display for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Name(name) => out.write_str(name),
            Kind::Address(IpAddr::V4(address)) => address.fmt(out),
            Kind::Address(IpAddr::V6(address)) => write!(out, "[{address}]"),
        }
    }
}

impl fmt::Debug for Host {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Host({self})")
    }
}

/// A text that is not a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("host {typed} {problem}")]
pub struct HostError {
    typed: String,
    problem: HostProblem,
}

impl HostError {
    /// What is wrong.
    pub fn problem(&self) -> &HostProblem {
        &self.problem
    }
}

/// The ways in which a text fails to be a host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostProblem {
    /// Nothing is there.
    #[error("is empty")]
    Empty,
    /// Longer than DNS has names.
    #[error("is longer than {MAX_NAME} bytes")]
    TooLong,
    /// A character that no host name has: NUL, `%`, `@`, a blank.
    #[error("has {}", quoted(&.0.to_string()))]
    Character(char),
    /// An empty label, one longer than DNS has, or one with `-` at an end.
    #[error("has a label that is empty, longer than {MAX_LABEL} bytes, or begins or ends with `-`")]
    Label,
    /// Characters beyond ASCII that stand for ASCII ones: full-width letters, other dots.
    #[error("has characters beyond ASCII that pass for ASCII")]
    Disguised,
    /// Not a name that IDNA allows.
    #[error("is not a name by IDNA")]
    International,
    /// An IPv4 address in octal, hexadecimal, with parts left out, or out of range.
    #[error("is an IPv4 address in a spelling that is not `a.b.c.d`")]
    LooseIpv4,
    /// Not an IPv6 address in brackets in its shortest form.
    #[error("is not an IPv6 address in brackets in its canonical form")]
    Ipv6,
}

fn parse(text: &str) -> Result<Kind, HostProblem> {
    if text.is_empty() {
        return Err(HostProblem::Empty);
    }
    if text.len() > MAX_TYPED {
        return Err(HostProblem::TooLong);
    }
    if text.starts_with('[') {
        return ipv6(text).map(|address| Kind::Address(address.into()));
    }
    check_characters(text)?;
    let name = to_ascii(text.strip_suffix('.').unwrap_or(text))?;
    if name.len() > MAX_NAME {
        return Err(HostProblem::TooLong);
    }
    if !name.split('.').all(is_label) {
        return Err(HostProblem::Label);
    }
    if ends_in_number(&name) {
        // The standard library takes four decimal parts without leading zeros and nothing else.
        let address: Ipv4Addr = text.parse().map_err(|_| HostProblem::LooseIpv4)?;
        return Ok(Kind::Address(address.into()));
    }
    Ok(Kind::Name(name))
}

fn ipv6(text: &str) -> Result<Ipv6Addr, HostProblem> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address: Ipv6Addr = inner.and_then(|inner| inner.parse().ok()).ok_or(HostProblem::Ipv6)?;
    // One address, one spelling, so that what is logged and compared is what was typed.
    let same = inner.is_some_and(|inner| address.to_string().eq_ignore_ascii_case(inner));
    same.then_some(address).ok_or(HostProblem::Ipv6)
}

fn check_characters(text: &str) -> Result<(), HostProblem> {
    for character in text.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => {}
            // Dots and letters that IDNA turns into ASCII ones. Where a check sees the disguise
            // and a resolver the letter, they disagree about the host.
            '\u{3002}' | '\u{ff00}'..='\u{ffef}' => return Err(HostProblem::Disguised),
            other if !other.is_ascii() => {}
            other => return Err(HostProblem::Character(other)),
        }
    }
    Ok(())
}

/// The name in lower case and ASCII.
fn to_ascii(name: &str) -> Result<String, HostProblem> {
    let punycode = |label: &str| label.get(..4).is_some_and(|p| p.eq_ignore_ascii_case("xn--"));
    if name.is_ascii() && !name.split('.').any(punycode) {
        return Ok(name.to_ascii_lowercase());
    }
    // The parser of `url` is the one of browsers: UTS 46, and punycode that decodes.
    let Ok(url::Host::Domain(ascii)) = url::Host::parse(name) else {
        return Err(HostProblem::International);
    };
    let labels = name.split('.').count();
    if ascii.split('.').count() != labels {
        return Err(HostProblem::Disguised);
    }
    // A label beyond ASCII that comes out as plain ASCII was nothing but a disguise: mathematical
    // letters, ligatures, soft hyphens.
    let disguised = |(typed, result): (&str, &str)| !typed.is_ascii() && !punycode(result);
    if name.split('.').zip(ascii.split('.')).any(disguised) {
        return Err(HostProblem::Disguised);
    }
    // Within a label, what becomes a letter or digit is only spelled differently; what becomes
    // punctuation was never there.
    check_characters(&ascii)?;
    Ok(ascii)
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
}

/// Whether URL parsers and resolvers take the name for an IPv4 address: they do when the last label
/// is a number, decimal, octal or hexadecimal.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hexadecimal = last.strip_prefix("0x");
    last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
