//! Classes of IPv4 addresses.

use std::net::Ipv4Addr;

use super::Class;

/// Single addresses at which clouds hand out credentials or keys, by what they document. Looked at
/// first: some lie in ranges that an owner may name, one in a range that is otherwise global. Places
/// that a cloud gives another address on each machine are not here; all of them are inside.
const METADATA: [Ipv4Addr; 11] = [
    // Amazon, Google, Azure, Oracle, OpenStack, and most of the others.
    Ipv4Addr::new(169, 254, 169, 254),
    // What listens for Google's on the nodes of its Kubernetes.
    Ipv4Addr::new(169, 254, 169, 252),
    // Amazon: tasks of its containers, and pods of its Kubernetes.
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    // Azure's own, inside every virtual machine there.
    Ipv4Addr::new(168, 63, 129, 16),
    // Alibaba.
    Ipv4Addr::new(100, 100, 100, 200),
    // Oracle, before it took the usual one.
    Ipv4Addr::new(192, 0, 0, 192),
    // Tencent.
    Ipv4Addr::new(169, 254, 0, 23),
    Ipv4Addr::new(169, 254, 10, 10),
    // Volcano Engine.
    Ipv4Addr::new(100, 96, 0, 96),
    // Scaleway.
    Ipv4Addr::new(169, 254, 42, 42),
];

/// The IANA registry of special-purpose IPv4 addresses, multicast and the reserved rest; the first
/// network that holds an address gives its class. A few entries that IANA calls globally reachable
/// (anycast of relays and sinks) are here too: no plugin's service is there.
const TABLE: [(Ipv4Addr, u32, Class); 20] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, Class::Unspecified),
    (Ipv4Addr::new(10, 0, 0, 0), 8, Class::Private),
    (Ipv4Addr::new(100, 64, 0, 0), 10, Class::Shared),
    (Ipv4Addr::new(127, 0, 0, 0), 8, Class::Loopback),
    (Ipv4Addr::new(169, 254, 0, 0), 16, Class::LinkLocal),
    (Ipv4Addr::new(172, 16, 0, 0), 12, Class::Private),
    (Ipv4Addr::new(192, 0, 0, 0), 24, Class::Protocol),
    (Ipv4Addr::new(192, 0, 2, 0), 24, Class::Documentation),
    (Ipv4Addr::new(192, 31, 196, 0), 24, Class::Protocol),
    (Ipv4Addr::new(192, 52, 193, 0), 24, Class::Protocol),
    (Ipv4Addr::new(192, 88, 99, 0), 24, Class::Protocol),
    (Ipv4Addr::new(192, 168, 0, 0), 16, Class::Private),
    (Ipv4Addr::new(192, 175, 48, 0), 24, Class::Protocol),
    (Ipv4Addr::new(198, 18, 0, 0), 15, Class::Benchmark),
    (Ipv4Addr::new(198, 51, 100, 0), 24, Class::Documentation),
    (Ipv4Addr::new(203, 0, 113, 0), 24, Class::Documentation),
    (Ipv4Addr::new(233, 252, 0, 0), 24, Class::Documentation),
    (Ipv4Addr::new(224, 0, 0, 0), 4, Class::Multicast),
    (Ipv4Addr::new(255, 255, 255, 255), 32, Class::Broadcast),
    (Ipv4Addr::new(240, 0, 0, 0), 4, Class::Reserved),
];

pub(super) fn class(address: Ipv4Addr) -> Class {
    if METADATA.contains(&address) {
        return Class::Metadata;
    }
    let holds = |(network, length, _): &&(Ipv4Addr, u32, Class)| {
        (address.to_bits() ^ network.to_bits()) >> (32 - length) == 0
    };
    TABLE.iter().find(holds).map_or(Class::Global, |(_, _, class)| *class)
}
