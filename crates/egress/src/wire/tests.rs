//! No bytes panic, and nothing depends on how they are cut into pieces.

use proptest::prelude::*;

use super::checks::{self, unchunk};
use super::*;

fn chunk(parts: &[Vec<u8>]) -> Vec<u8> {
    let part =
        |part: &Vec<u8>| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let mut bytes: Vec<u8> = parts.iter().filter(|part| !part.is_empty()).flat_map(part).collect();
    bytes.extend_from_slice(b"0\r\nA: b\r\n\r\n");
    bytes
}

fn heads() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"GET http://a.example/ HTTP/1.1\r\n".to_vec()),
        Just(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_vec()),
        Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
        Just(b"Host: a.example\r\n".to_vec()),
        Just(b"Content-Length: 5\r\n".to_vec()),
        Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
        Just(
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n"
                .to_vec()
        ),
        Just(b"\r\n".to_vec()),
        "[\r\n\t :a]{1,3}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// What is said with bytes that come in these pieces, and what is wrong with the rest.
fn heard(pieces: &[&[u8]], limit: usize) -> (Vec<Said>, Option<FrameError>) {
    let (mut messages, mut said) = (Messages::new(limit), Vec::new());
    let mut held = Vec::new();
    for piece in pieces {
        held.extend_from_slice(piece);
        loop {
            match messages.take(&held) {
                Ok((0, None)) => break,
                Ok((used, one)) => {
                    held.drain(..used);
                    said.extend(one);
                }
                Err(error) => return (said, Some(error)),
            }
        }
    }
    (said, None)
}

fn frame(is_last: bool, opcode: Opcode, payload: &[u8], key: Option<[u8; 4]>) -> Vec<u8> {
    let (mut out, length) = (Vec::new(), u64::try_from(payload.len()).unwrap());
    FrameHead { is_last, opcode, length, mask: key }.write(&mut out);
    let mut payload = payload.to_vec();
    if let Some(key) = key {
        mask(&mut payload, key);
    }
    [out, payload].concat()
}

/// A message in parts, with a ping between them, and what is said with them.
fn message() -> impl Strategy<Value = (Vec<u8>, Vec<Said>)> {
    let parts = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 1..4);
    (parts, prop::option::of(prop::collection::vec(any::<u8>(), 0..126))).prop_map(
        |(parts, ping)| {
            let mut bytes = Vec::new();
            for (at, part) in parts.iter().enumerate() {
                let opcode = if at == 0 { Opcode::Binary } else { Opcode::Continuation };
                if at == 1 {
                    let payload = ping.as_deref().unwrap_or_default();
                    bytes.extend(frame(true, Opcode::Ping, payload, None));
                }
                bytes.extend(frame(at + 1 == parts.len(), opcode, part, None));
            }
            let between = (parts.len() > 1).then(|| Said::Ping(ping.unwrap_or_default()));
            (bytes, between.into_iter().chain([Said::Binary(parts.concat())]).collect())
        },
    )
}

fn frames() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(frame(true, Opcode::Text, b"text", None)),
        Just(frame(false, Opcode::Binary, b"", None)),
        Just(frame(true, Opcode::Continuation, &[7; 130], None)),
        Just(frame(true, Opcode::Close, &[3, 232], None)),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn chunks_are_the_same_however_they_come(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        cut in 0_usize..200,
        behind in prop::collection::vec(any::<u8>(), 0..10),
    ) {
        let bytes = chunk(&parts);
        let all = [&bytes[..], &behind].concat();
        prop_assert_eq!(unchunk(&[&all]), Ok((parts.concat(), true, bytes.len())));
        checks::chunks(&all, cut);
    }

    #[test]
    fn any_bytes_are_chunks_or_not(bytes in prop::collection::vec(any::<u8>(), 0..100), cut in 0_usize..100) {
        checks::chunks(&bytes, cut);
    }

    #[test]
    fn a_head_ends_in_one_place_however_it_comes(bytes in heads()) {
        checks::head(&bytes);
    }

    #[test]
    fn messages_are_the_same_however_they_come(
        messages in prop::collection::vec(message(), 0..4),
        cut in 0_usize..1000,
    ) {
        let (bytes, said): (Vec<_>, Vec<_>) = messages.into_iter().unzip();
        let (bytes, said) = (bytes.concat(), said.concat());
        let cut = cut.min(bytes.len());
        prop_assert_eq!(heard(&[&bytes[..cut], &bytes[cut..]], 1000), (said.clone(), None));
        let ones: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(heard(&ones, 1000), (said, None));
    }

    #[test]
    fn any_bytes_are_frames_or_not(bytes in frames(), limit in 0_usize..200) {
        let whole = heard(&[&bytes], limit);
        let ones: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(&whole, &heard(&ones, limit));
        let longest = whole.0.iter().map(|said| match said {
            Said::Text(text) => text.len(),
            Said::Binary(data) => data.len(),
            _ => 0,
        });
        prop_assert!(longest.max().unwrap_or(0) <= limit);
    }

    #[test]
    fn a_frame_is_read_as_it_was_written(
        is_last in any::<bool>(),
        length in prop_oneof![0_u64..200, 65_000..66_000_u64, 0..(u64::MAX >> 1)],
        key in any::<Option<[u8; 4]>>(),
        payload in prop::collection::vec(any::<u8>(), 0..50),
    ) {
        let head = FrameHead { is_last, opcode: Opcode::Binary, length, mask: key };
        let mut bytes = Vec::new();
        head.write(&mut bytes);
        for cut in 0..bytes.len() {
            prop_assert_eq!(FrameHead::parse(&bytes[..cut]), Ok(None));
        }
        prop_assert_eq!(FrameHead::parse(&bytes), Ok(Some((head, bytes.len()))));
        let key = key.unwrap_or_default();
        let mut masked = payload.clone();
        mask(&mut masked, key);
        let each = payload.iter().enumerate().map(|(at, byte)| byte ^ key[at % 4]);
        prop_assert!(each.eq(masked.iter().copied()));
    }

    #[test]
    fn any_bytes_are_a_greeting_or_not(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        inner in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        checks::hello(&bytes);
        let length = u16::try_from(inner.len() + 4).unwrap().to_be_bytes();
        let body = u16::try_from(inner.len()).unwrap().to_be_bytes();
        let header = [22, 3, 1, length[0], length[1], 1, 0, body[0], body[1]];
        let whole = [&header[..], &inner].concat();
        prop_assert_ne!(&ClientHello::parse(&whole), &Ok(None));
        checks::hello(&whole);
    }
}
