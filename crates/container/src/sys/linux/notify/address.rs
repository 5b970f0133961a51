//! Socket addresses, as they stand in a plugin's memory.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::{Address, PluginText};

/// Reads a `struct sockaddr` of any family; unix(7), ip(7), ipv6(7).
pub(super) fn decode(bytes: &[u8]) -> Address {
    let Some((&[a, b], rest)) = bytes.split_first_chunk() else {
        return Address::Other { family: -1 };
    };
    let family = u16::from_ne_bytes([a, b]);
    let known = match i32::from(family) {
        libc::AF_INET => internet4(rest),
        libc::AF_INET6 => internet6(rest),
        libc::AF_UNIX => Some(unix(rest)),
        _ => None,
    };
    known.unwrap_or(Address::Other { family: family.into() })
}

fn internet4(rest: &[u8]) -> Option<Address> {
    let (&port, rest) = rest.split_first_chunk()?;
    let (&host, _) = rest.split_first_chunk::<4>()?;
    let address = SocketAddrV4::new(Ipv4Addr::from(host), u16::from_be_bytes(port));
    Some(Address::Internet(SocketAddr::V4(address)))
}

fn internet6(rest: &[u8]) -> Option<Address> {
    let (&port, rest) = rest.split_first_chunk()?;
    let (&flow, rest) = rest.split_first_chunk()?;
    let (&host, rest) = rest.split_first_chunk::<16>()?;
    // Older programs leave the scope out; the kernel takes it for none.
    let scope = rest.first_chunk().map_or(0, |&scope| u32::from_ne_bytes(scope));
    let address = SocketAddrV6::new(
        Ipv6Addr::from(host),
        u16::from_be_bytes(port),
        u32::from_be_bytes(flow),
        scope,
    );
    Some(Address::Internet(SocketAddr::V6(address)))
}

/// A path ends with a zero or with the address; a name that begins with a zero ends with the
/// address and may hold more of them.
fn unix(name: &[u8]) -> Address {
    match name {
        [] => Address::Unnamed,
        [0, name @ ..] => Address::Abstract(PluginText::new(name.to_vec(), false)),
        path => {
            let path = path.split(|&byte| byte == 0).next().unwrap_or_default();
            Address::Path(PluginText::new(path.to_vec(), false))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn encode4(address: SocketAddrV4) -> Vec<u8> {
        let family = (libc::AF_INET as u16).to_ne_bytes();
        let port = address.port().to_be_bytes();
        [&family[..], &port, &address.ip().octets(), &[0; 8]].concat()
    }

    fn encode6(address: SocketAddrV6) -> Vec<u8> {
        let family = (libc::AF_INET6 as u16).to_ne_bytes();
        let (port, flow) = (address.port().to_be_bytes(), address.flowinfo().to_be_bytes());
        let scope = address.scope_id().to_ne_bytes();
        [&family[..], &port, &flow, &address.ip().octets(), &scope].concat()
    }

    fn encode_unix(name: &[u8]) -> Vec<u8> {
        [&(libc::AF_UNIX as u16).to_ne_bytes()[..], name].concat()
    }

    #[track_caller]
    fn check(bytes: &[u8], expect: &Address) {
        assert_eq!(decode(bytes), *expect, "{bytes:?}");
    }

    #[test]
    fn unix_names() {
        let text = |bytes: &[u8]| PluginText::new(bytes.to_vec(), false);
        check(&encode_unix(b""), &Address::Unnamed);
        check(&encode_unix(b"/run/x\0rubbish"), &Address::Path(text(b"/run/x")));
        check(&encode_unix(b"/run/x"), &Address::Path(text(b"/run/x")));
        check(&encode_unix(b"\0a\0b"), &Address::Abstract(text(b"a\0b")));
        check(&encode_unix(b"\0"), &Address::Abstract(text(b"")));
    }

    #[test]
    fn short_and_foreign_ones() {
        check(b"", &Address::Other { family: -1 });
        check(&[1], &Address::Other { family: -1 });
        check(&(libc::AF_INET as u16).to_ne_bytes(), &Address::Other { family: libc::AF_INET });
        let netlink = [&(libc::AF_NETLINK as u16).to_ne_bytes()[..], &[0; 10]].concat();
        check(&netlink, &Address::Other { family: libc::AF_NETLINK });
    }

    proptest! {
        #[test]
        fn what_was_encoded_is_decoded(host: u32, port: u16, host6: u128, flow: u32, scope: u32) {
            let four = SocketAddrV4::new(Ipv4Addr::from(host), port);
            prop_assert_eq!(decode(&encode4(four)), Address::Internet(four.into()));
            let six = SocketAddrV6::new(Ipv6Addr::from(host6), port, flow, scope);
            prop_assert_eq!(decode(&encode6(six)), Address::Internet(six.into()));
            let unscoped = SocketAddrV6::new(Ipv6Addr::from(host6), port, flow, 0);
            prop_assert_eq!(decode(&encode6(six)[..24]), Address::Internet(unscoped.into()));
        }

        #[test]
        fn any_bytes_are_decoded_to_what_they_say(
            family in prop_oneof![0u16..12, any::<u16>()],
            rest in proptest::collection::vec(any::<u8>(), 0..140),
        ) {
            let bytes = [&family.to_ne_bytes()[..], &rest].concat();
            match decode(&bytes) {
                Address::Internet(SocketAddr::V4(four)) => {
                    prop_assert_eq!(&encode4(four)[..8], &bytes[..8]);
                }
                Address::Internet(SocketAddr::V6(six)) => {
                    let kept = bytes.len().min(28) / 4 * 4;
                    prop_assert_eq!(&encode6(six)[..kept], &bytes[..kept]);
                }
                Address::Path(path) => {
                    prop_assert!(bytes[2..].starts_with(path.as_bytes()));
                    prop_assert!(!path.as_bytes().is_empty() && !path.as_bytes().contains(&0));
                }
                Address::Abstract(name) => prop_assert_eq!(&bytes[3..], name.as_bytes()),
                Address::Unnamed => prop_assert!(rest.is_empty()),
                Address::Other { family: told } => prop_assert_eq!(told, i32::from(family)),
            }
        }
    }
}
