//! No bytes panic, and nothing depends on how they are cut into pieces.

use proptest::prelude::*;

use super::*;

/// The body, and how many bytes it took, of bytes that come in these pieces.
fn unchunk(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool, usize), ChunkError> {
    let (mut chunks, mut body, mut used) = (Chunked::default(), Vec::new(), 0);
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            match chunks.step(rest)? {
                ChunkStep::Skip(bytes) => {
                    used += bytes;
                    rest = &rest[bytes..];
                }
                ChunkStep::Data { skip, length } => {
                    used += skip + length;
                    body.extend_from_slice(&rest[skip..skip + length]);
                    rest = &rest[skip + length..];
                }
                ChunkStep::End(bytes) => return Ok((body, true, used + bytes)),
            }
        }
    }
    Ok((body, false, used))
}

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
        let cut = cut.min(all.len());
        let found = unchunk(&[&all[..cut], &all[cut..]]);
        prop_assert_eq!(found, Ok((parts.concat(), true, bytes.len())));
        let ones: Vec<&[u8]> = all.chunks(1).collect();
        prop_assert_eq!(unchunk(&ones), Ok((parts.concat(), true, bytes.len())));
    }

    #[test]
    fn any_bytes_are_chunks_or_not(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        let whole = unchunk(&[&bytes]);
        let ones: Vec<&[u8]> = bytes.chunks(1).collect();
        prop_assert_eq!(whole, unchunk(&ones));
    }

    #[test]
    fn a_head_ends_in_one_place_however_it_comes(bytes in heads()) {
        let whole = HeadEnd::default().find(&bytes);
        let mut end = HeadEnd::default();
        let grown = (0..=bytes.len()).map(|length| end.find(&bytes[..length]));
        let grown = grown.into_iter().find(|found| *found != Ok(None)).unwrap_or(Ok(None));
        prop_assert_eq!(&whole, &grown);
        if let Ok(Some(length)) = whole {
            let (head, rest) = bytes.split_at(length);
            prop_assert!(head.ends_with(b"\r\n"));
            // Every line end in it is CR and LF.
            let ends = head.iter().filter(|byte| **byte == b'\n').count();
            prop_assert_eq!(head.windows(2).filter(|pair| pair == b"\r\n").count(), ends);
            let _ = (ResponseHead::parse(head, false), rest);
            if let Ok(found) = RequestHead::parse(head, Spoken::ToProxy)
                && let Target::Request(request) = &found.target
            {
                // What is sent is read as the same request, with the same end of its body.
                let sent = RequestHead::write(request, &found.fields, found.framing);
                let text = String::from_utf8_lossy(&sent).into_owned();
                let path = format!(" {} ", request.path);
                let again = text.replacen(&path, &format!(" http://{}{} ", request.authority(), request.path), 1);
                let again = RequestHead::parse(again.as_bytes(), Spoken::ToProxy).unwrap();
                prop_assert_eq!(&again.target, &found.target);
                prop_assert_eq!(&again.fields, &found.fields);
                prop_assert_eq!(again.framing, found.framing);
            }
        }
    }

    #[test]
    fn any_bytes_are_a_greeting_or_not(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        inner in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let _ = ClientHello::parse(&bytes);
        let length = u16::try_from(inner.len() + 4).unwrap().to_be_bytes();
        let body = u16::try_from(inner.len()).unwrap().to_be_bytes();
        let header = [22, 3, 1, length[0], length[1], 1, 0, body[0], body[1]];
        let whole = [&header[..], &inner].concat();
        let found = ClientHello::parse(&whole);
        prop_assert_ne!(&found, &Ok(None));
        // Less of it is never read as more.
        for cut in 0..whole.len() {
            let part = ClientHello::parse(&whole[..cut]);
            prop_assert!(part == Ok(None) || part == found, "{:?} at {}", part, cut);
        }
    }
}
