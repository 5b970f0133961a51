//! IPv4 addresses inside IPv6 ones.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// How an IPv6 address carries an IPv4 one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Form {
    /// `::ffff:a.b.c.d`, which the kernel dials as IPv4.
    Mapped,
    /// `::a.b.c.d`, deprecated.
    Compatible,
    /// `::ffff:0:a.b.c.d`, of RFC 2765.
    Translated,
    /// `64:ff9b::a.b.c.d`, of a translator.
    Nat64,
    /// `64:ff9b:1::/48`, of a local translator.
    LocalNat64,
    /// `2002:aabb:ccdd::`.
    SixToFour,
    /// `2001::/32`, with the client's address inverted at the end.
    Teredo,
    /// `…:5efe:a.b.c.d`.
    Isatap,
}

impl fmt::Display for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Form::Mapped => "an IPv4-mapped address",
            Form::Compatible => "an IPv4-compatible address",
            Form::Translated => "an IPv4-translated address",
            Form::Nat64 | Form::LocalNat64 => "a NAT64 address",
            Form::SixToFour => "a 6to4 address",
            Form::Teredo => "a Teredo address",
            Form::Isatap => "an ISATAP address",
        })
    }
}

/// The form and the address inside, if there is one.
pub(super) fn unwrap(address: Ipv6Addr) -> Option<(Form, Ipv4Addr)> {
    let s = address.segments();
    let at = |index: usize| {
        let [a, b] = s[index].to_be_bytes();
        let [c, d] = s[index + 1].to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    let tail = at(6);
    match s {
        // `::` and `::1` are addresses of their own.
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0, ..] => Some((Form::Compatible, tail)),
        [0, 0, 0, 0, 0, 0xffff, ..] => Some((Form::Mapped, tail)),
        [0, 0, 0, 0, 0xffff, 0, ..] => Some((Form::Translated, tail)),
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some((Form::Nat64, tail)),
        // Where the address stands depends on the length of the translator's prefix, which only
        // its owner knows; the longest is the usual one.
        [0x64, 0xff9b, 1, ..] => Some((Form::LocalNat64, tail)),
        [0x2002, ..] => Some((Form::SixToFour, at(1))),
        [0x2001, 0, ..] => {
            let [a, b, c, d] = tail.octets();
            Some((Form::Teredo, Ipv4Addr::new(!a, !b, !c, !d)))
        }
        // By the interface's half alone, below any prefix; with either value of the bit that says
        // whether the IPv4 address is unique.
        [_, _, _, _, 0 | 0x0200, 0x5efe, ..] => Some((Form::Isatap, tail)),
        _ => None,
    }
}
