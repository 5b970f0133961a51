//! Places inside that the owner of the host names.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use aether_manifest::DomainPattern;
use aether_source::quoted;

use super::rules::matches;
use super::{Class, Host, HostProblem};

/// A target inside, opened by the owner of the host: no manifest can. Written
///
/// | text | opens |
/// | --- | --- |
/// | `db.corp.example`, `localhost:3000` | for this name, answers that are loopback or private |
/// | `10.0.0.0/8`, `fd00::/8` | for any granted name, answers in this network |
/// | `127.0.0.1:3000`, `[::1]:3000` | for any granted name this address; and requests that give the address itself |
///
/// A name still has to be granted by a rule. An address needs none, since a manifest cannot ask for
/// one. Without a port, a name or network is opened for whatever port the rule grants, an address
/// for 80 and 443.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Private {
    target: Target,
    port: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Target {
    Name(Host),
    Network(Network),
    Address(IpAddr),
}

impl Private {
    /// Whether answers of `address` are opened for requests to `host` and `port`.
    pub(super) fn admits(&self, host: &Host, address: IpAddr, port: u16) -> bool {
        let class = Class::of(address);
        let target = match &self.target {
            Target::Name(name) => name == host && class.is_inside(),
            Target::Network(network) => network.holds(address) && class.can_be_named(),
            Target::Address(named) => *named == address && class.can_be_named(),
        };
        target && self.is_port(port)
    }

    /// Whether requests that give this address itself are opened.
    pub(super) fn grants(&self, address: IpAddr, port: u16) -> bool {
        matches!(self.target, Target::Address(named) if named == address) && self.is_port(port)
    }

    /// Whether it could open some host of a rule for this machine.
    pub(super) fn may_open(&self, rule: &DomainPattern) -> bool {
        self.shares_port(rule)
            && match &self.target {
                Target::Name(name) => matches(rule.host(), name),
                Target::Network(network) => network.touches_loopback(),
                Target::Address(address) => Class::of(*address) == Class::Loopback,
            }
    }

    /// Whether something that a rule allows could lead to it.
    pub(super) fn may_concern(&self, rule: &DomainPattern) -> bool {
        let is_named = match &self.target {
            Target::Name(name) => matches(rule.host(), name),
            Target::Network(_) | Target::Address(_) => true,
        };
        is_named && self.shares_port(rule)
    }

    /// Whether it grants requests by itself.
    pub(super) fn needs_no_rule(&self) -> bool {
        matches!(self.target, Target::Address(_))
    }

    fn shares_port(&self, rule: &DomainPattern) -> bool {
        // A rule without a port is for the default ports.
        let mut ports = rule.port().map_or(vec![80, 443], |port| vec![port]).into_iter();
        ports.any(|port| self.is_port(port))
    }

    /// Whether it names the host's own loopback, or a part of it.
    pub(super) fn names_loopback(&self) -> bool {
        match &self.target {
            Target::Name(name) => name.is_localhost(),
            Target::Network(network) => network.touches_loopback(),
            Target::Address(address) => Class::of(*address) == Class::Loopback,
        }
    }

    fn is_port(&self, port: u16) -> bool {
        match (self.port, &self.target) {
            (Some(named), _) => named == port,
            (None, Target::Address(_)) => matches!(port, 80 | 443),
            (None, _) => true,
        }
    }

    /// Why it can never take effect, if so.
    fn is_vain(&self) -> Option<Class> {
        match &self.target {
            Target::Name(_) => None,
            Target::Network(network) => network.is_closed(),
            Target::Address(address) => {
                Some(Class::of(*address)).filter(|class| !class.can_be_named())
            }
        }
    }
}

impl FromStr for Private {
    type Err = PrivateError;

    fn from_str(text: &str) -> Result<Self, PrivateError> {
        let refused = |problem| PrivateError { typed: quoted(text), problem };
        let private = parse(text).map_err(refused)?;
        match private.is_vain() {
            Some(class) => Err(refused(PrivateProblem::Never(class))),
            None => Ok(private),
        }
    }
}

impl fmt::Display for Private {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Name(name) => name.fmt(out)?,
            Target::Network(network) => network.fmt(out)?,
            Target::Address(address) => Host::from_address(*address).fmt(out)?,
        }
        self.port.map_or(Ok(()), |port| write!(out, ":{port}"))
    }
}

/// A text that names no place inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("private target {typed} {problem}")]
pub struct PrivateError {
    typed: String,
    problem: PrivateProblem,
}

/// The ways in which a text fails to name a place inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PrivateProblem {
    #[error("{0}")]
    Host(HostProblem),
    #[error("has no port from 1 to 65535 after `:`")]
    Port,
    #[error("is no network: write its first address, `/`, and how many bits are fixed")]
    Network,
    #[error("can never take effect: it is {0}, which no policy can open")]
    Never(Class),
}

fn parse(text: &str) -> Result<Private, PrivateProblem> {
    if let Some((first, bits)) = text.split_once('/') {
        let network = Network::parse(first, bits).ok_or(PrivateProblem::Network)?;
        return Ok(Private { target: Target::Network(network), port: None });
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, digits)) if !digits.contains(']') => (host, Some(port(digits)?)),
        _ => (text, None),
    };
    let host = Host::parse(host).map_err(|error| PrivateProblem::Host(error.problem().clone()))?;
    let target = host.address().map_or(Target::Name(host), Target::Address);
    Ok(Private { target, port })
}

fn port(digits: &str) -> Result<u16, PrivateProblem> {
    super::request::port(digits).ok_or(PrivateProblem::Port)
}

/// Addresses with the same leading bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    first: IpAddr,
    bits: u32,
}

impl Network {
    /// Reads both parts of `10.0.0.0/8`; the first address has no bits beyond the fixed ones, so
    /// that a slip of the pen opens nothing.
    fn parse(first: &str, bits: &str) -> Option<Self> {
        let first: IpAddr = first.parse().ok()?;
        let digits = bits.bytes().all(|byte| byte.is_ascii_digit()) && bits.len() <= 3;
        let bits: u32 = bits.parse().ok().filter(|_| digits)?;
        let whole = if first.is_ipv4() { 32 } else { 128 };
        // A network of everything would say "no protection" in a small number.
        let network = Network { first, bits };
        let aligned = bits >= 1 && bits <= whole && network.masked(first) == first;
        aligned.then_some(network)
    }

    /// Whether an address is one of them. A mapped IPv4 address is not: it is refused as such.
    pub fn holds(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.masked(address) == self.first
    }

    fn touches_loopback(&self) -> bool {
        let loopback = |text: &str| text.parse().is_ok_and(|address| self.holds(address));
        loopback("127.0.0.1") || loopback("::1") || Class::of(self.first) == Class::Loopback
    }

    /// The class of all of it, if that is one that nobody can open.
    fn is_closed(&self) -> Option<Class> {
        let last = match self.first {
            IpAddr::V4(first) => IpAddr::V4((first.to_bits() | !mask_v4(self.bits)).into()),
            IpAddr::V6(first) => IpAddr::V6((first.to_bits() | !mask_v6(self.bits)).into()),
        };
        let class = Class::of(self.first);
        let is_one = class == Class::of(last);
        (is_one && !class.can_be_named()).then_some(class)
    }

    fn masked(&self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(address) => IpAddr::V4((address.to_bits() & mask_v4(self.bits)).into()),
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & mask_v6(self.bits)).into()),
        }
    }
}

fn mask_v4(bits: u32) -> u32 {
    // A shift by all of the bits is none to Rust.
    u32::MAX.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(0)
}

fn mask_v6(bits: u32) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(bits)).unwrap_or(0)
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.first, self.bits)
    }
}
