//! The first message of a TLS server, as far as it says whether the client is to greet once more.

/// What stands in the place of the random bytes in a request to greet once more, RFC 8446, 4.1.3.
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
/// Before the random bytes: the kind of message, its length and the version.
const BEFORE: usize = 1 + 3 + 2;

/// Whether a server that begins with these bytes asks for another greeting; nothing while that is not
/// certain. Whatever else a server begins with, an alert or no TLS at all, asks for none.
pub(crate) fn asks_again(bytes: &[u8]) -> Option<bool> {
    let mut message = Vec::new();
    let mut rest = bytes;
    while let Some(&kind) = rest.first() {
        if kind != HANDSHAKE {
            return Some(false);
        }
        let Some((header, after)) = rest.split_at_checked(5) else { break };
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if length == 0 {
            return Some(false);
        }
        let (part, after) = after.split_at_checked(length).unwrap_or((after, &[]));
        message.extend_from_slice(part);
        if message.len() >= BEFORE + RETRY.len() {
            break;
        }
        rest = after;
    }
    if message.first().is_some_and(|kind| *kind != SERVER_HELLO) {
        return Some(false);
    }
    let random = message.get(BEFORE..)?;
    // What differs already stays different, however little of it is there.
    let same = random.iter().zip(RETRY).all(|(byte, expect)| *byte == expect);
    if !same { Some(false) } else { (random.len() >= RETRY.len()).then_some(true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(message: &[u8]) -> Vec<u8> {
        let length = u16::try_from(message.len()).unwrap().to_be_bytes();
        [&[HANDSHAKE, 3, 3, length[0], length[1]][..], message].concat()
    }

    fn hello(random: &[u8]) -> Vec<u8> {
        [&[SERVER_HELLO, 0, 0, 40, 3, 3][..], random, &[0, 0x13, 1, 0, 0, 0]].concat()
    }

    #[test]
    fn who_asks_again() {
        let again = hello(&RETRY);
        let other = hello(&[7; 32]);
        for (bytes, expect) in [
            (record(&again), Some(true)),
            (again.chunks(1).flat_map(record).collect(), Some(true)),
            ([record(&again), record(&other)].concat(), Some(true)),
            (record(&other), Some(false)),
            ([record(&other), record(&again)].concat(), Some(false)),
            (record(&[1, 0, 0, 0]), Some(false)),
            (vec![21, 3, 3, 0, 2, 2, 40], Some(false)),
            (b"HTTP/1.1 400 Bad Request".to_vec(), Some(false)),
            (vec![22, 3, 3, 0, 0], Some(false)),
            (Vec::new(), None),
            (vec![22], None),
        ] {
            assert_eq!(asks_again(&bytes), expect, "{bytes:?}");
            // However the bytes come, they say the same or nothing yet.
            for cut in 0..bytes.len() {
                let part = asks_again(&bytes[..cut]);
                assert!(part.is_none() || part == expect, "{bytes:?} at {cut}");
            }
        }
    }
}
