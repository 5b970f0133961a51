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
        Just(b"\r\n".to_vec()),
        "[\r\n\t :a]{1,3}".prop_map(String::into_bytes),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
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
