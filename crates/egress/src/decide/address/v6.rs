//! Classes of IPv6 addresses.

use std::net::Ipv6Addr;

use super::{Class, embedded};

/// Single addresses at which clouds hand out credentials, by what they document.
const METADATA: [Ipv6Addr; 6] = [
    // Google.
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    // Oracle.
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    // OpenStack.
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    // Alibaba.
    Ipv6Addr::new(0xfd00, 0x100, 0, 0, 0, 0, 0x100, 0x200),
    // Scaleway.
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
    // Linode.
    Ipv6Addr::new(0xfd00, 0xa9fe, 0xa9fe, 0, 0, 0, 0, 1),
];

/// The IANA registry of special-purpose IPv6 addresses and the parts of the space that have a use;
/// the first network that holds an address gives its class. Only what is left of 2000::/3, the one
/// part that is allocated for global unicast, is global.
const TABLE: [(Ipv6Addr, u32, Class); 19] = [
    (Ipv6Addr::UNSPECIFIED, 128, Class::Unspecified),
    (Ipv6Addr::LOCALHOST, 128, Class::Loopback),
    (net(0x100, 0), 8, Class::Reserved),
    // Everything below 2001::/23 is for protocols: Teredo, ORCHID, benchmarks, relays.
    (net(0x2001, 2), 48, Class::Benchmark),
    (net(0x2001, 0), 23, Class::Protocol),
    (net(0x2001, 0xdb8), 32, Class::Documentation),
    (net(0x2002, 0), 16, Class::Protocol),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48, Class::Protocol),
    // The first test network, given back.
    (net(0x3ffe, 0), 16, Class::Reserved),
    (net(0x3fff, 0), 20, Class::Documentation),
    (net(0x2000, 0), 3, Class::Global),
    // Segment routing.
    (net(0x5f00, 0), 16, Class::Protocol),
    // What Amazon has on each machine: the metadata (`::254`), credentials of pods (`::23`), names and
    // the time. No network of an owner's begins so.
    (net(0xfd00, 0xec2), 32, Class::Metadata),
    (net(0xfc00, 0), 7, Class::UniqueLocal),
    (net(0xfe80, 0), 10, Class::LinkLocal),
    // Site-local, deprecated; some systems still route it within.
    (net(0xfec0, 0), 10, Class::Private),
    (net(0xff00, 0), 8, Class::Multicast),
    (net(0x64, 0xff9b), 32, Class::Protocol),
    (Ipv6Addr::UNSPECIFIED, 0, Class::Reserved),
];

const fn net(first: u16, second: u16) -> Ipv6Addr {
    Ipv6Addr::new(first, second, 0, 0, 0, 0, 0, 0)
}

pub(super) fn class(address: Ipv6Addr) -> Class {
    if METADATA.contains(&address) {
        return Class::Metadata;
    }
    if let Some((form, inner)) = embedded::unwrap(address) {
        return Class::Embedded { form, inner };
    }
    let holds = |(network, length, _): &&(Ipv6Addr, u32, Class)| {
        let differ = address.to_bits() ^ network.to_bits();
        // A shift by all of the bits overflows.
        *length == 0 || differ >> (128 - length) == 0
    };
    TABLE.iter().find(holds).map_or(Class::Reserved, |(_, _, class)| *class)
}
