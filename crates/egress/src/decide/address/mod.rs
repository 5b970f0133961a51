//! What kind of address an address is.
//!
//! The rule is *global or refused*: what the IANA registries of special-purpose addresses name, what
//! is not allocated, and every form in which one address is carried inside another. Names resolve to
//! what their owner likes, so this table is what stands between a granted name and the machine's own
//! network.

mod embedded;
mod v4;
mod v6;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

pub use embedded::Form;

/// What kind of address it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Reachable from everywhere: the only class that is dialled without the owner's word.
    Global,
    /// This machine.
    Loopback,
    /// A private network: 10/8, 172.16/12, 192.168/16.
    Private,
    /// A private network of IPv6: fc00::/7.
    UniqueLocal,
    /// Between a provider and its customers: 100.64/10.
    Shared,
    /// The link: 169.254/16, fe80::/10.
    LinkLocal,
    /// Where clouds hand credentials to whoever asks.
    Metadata,
    /// No address: 0/8, `::`.
    Unspecified,
    /// Many at once.
    Multicast,
    /// All at once.
    Broadcast,
    /// For documents: 192.0.2/24 and the like.
    Documentation,
    /// For benchmarks: 198.18/15 and the like.
    Benchmark,
    /// For protocols, relays and experiments of the IETF.
    Protocol,
    /// Reserved, deprecated or not allocated to anybody.
    Reserved,
    /// An IPv6 address that carries an IPv4 one. Which machine it reaches depends on who translates.
    Embedded {
        /// How it is carried.
        form: Form,
        /// The address inside.
        inner: Ipv4Addr,
    },
}

impl Class {
    /// The class of an address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => v4::class(address),
            IpAddr::V6(address) => v6::class(address),
        }
    }

    /// Whether it is dialled without the owner's word.
    pub fn is_global(self) -> bool {
        self == Class::Global
    }

    /// Whether the owner's word can open it. There is nothing to request at the others, and the
    /// credentials of the machine are nobody's to grant.
    pub fn can_be_named(self) -> bool {
        match self {
            Class::Metadata | Class::Unspecified | Class::Multicast | Class::Broadcast => false,
            // Naming a translator's network opens the world behind it, not what is inside.
            Class::Embedded { inner, .. } => Class::of(inner.into()).is_global(),
            _ => true,
        }
    }

    /// Whether it belongs to this machine or to a network of the owner's: what a name that the owner
    /// named may resolve to. The rest needs the network named.
    pub fn is_inside(self) -> bool {
        matches!(self, Class::Loopback | Class::Private | Class::UniqueLocal | Class::Shared)
    }
}

impl fmt::Display for Class {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Class::Global => "a global address",
            Class::Loopback => "this machine (loopback)",
            Class::Private | Class::UniqueLocal => "an address of a private network",
            Class::Shared => "an address of a provider's own network",
            Class::LinkLocal => "an address of the local link",
            Class::Metadata => "an address at which clouds hand out credentials",
            Class::Unspecified => "no address",
            Class::Multicast => "a multicast address",
            Class::Broadcast => "the broadcast address",
            Class::Documentation => "an address for documents",
            Class::Benchmark => "an address for benchmarks",
            Class::Protocol => "an address for protocols and relays",
            Class::Reserved => "an address that is reserved",
            Class::Embedded { form, inner } => {
                return write!(out, "{inner} inside {form}");
            }
        };
        out.write_str(text)
    }
}
