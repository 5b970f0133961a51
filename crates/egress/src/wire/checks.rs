//! What holds for any bytes: said once, for the property tests and for the fuzz targets.

use super::{
    Asked, Body, ChunkError, ChunkStep, Chunked, ClientHello, Framing, HeadEnd, RequestHead,
    ResponseHead, Spoken, Target, asks_again,
};
use crate::decide::{Host, Request};

/// The body, whether it ended, and how many bytes it took, of bytes that come in these pieces.
pub(crate) fn unchunk(pieces: &[&[u8]]) -> Result<(Vec<u8>, bool, usize), ChunkError> {
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

/// Bytes are chunks or not, however they come, and a body that ends has no other end.
pub(crate) fn chunks(bytes: &[u8], cut: usize) {
    let whole = unchunk(&[bytes]);
    let (front, back) = bytes.split_at(cut.min(bytes.len()));
    assert_eq!(whole, unchunk(&[front, back]));
    let ones: Vec<&[u8]> = bytes.chunks(1).collect();
    assert_eq!(whole, unchunk(&ones));
    let Ok((body, true, used)) = whole else { return };
    assert!(bytes[..used].ends_with(b"\r\n"));
    // What goes on is this, and it is read as the same body.
    let sent = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
    let sent = if body.is_empty() { b"0\r\n\r\n".to_vec() } else { sent };
    let length = sent.len();
    assert_eq!(unchunk(&[&sent]), Ok((body, true, length)));
}

/// A head ends in one place however it comes, and what is sent on is read as what was decided on.
pub(crate) fn head(bytes: &[u8]) {
    let whole = HeadEnd::default().find(bytes);
    let mut end = HeadEnd::default();
    let mut grown = (0..=bytes.len()).map(|length| end.find(&bytes[..length]));
    assert_eq!(whole, grown.find(|found| *found != Ok(None)).unwrap_or(Ok(None)));
    let Ok(Some(length)) = whole else { return };
    let head = &bytes[..length];
    assert!(head.ends_with(b"\r\n"));
    let ends = head.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(head.windows(2).filter(|pair| pair == b"\r\n").count(), ends);
    answer(head);
    if let Ok(found) = RequestHead::parse(head, Spoken::ToProxy)
        && let Target::Request(request) = &found.target
    {
        sent(&found, request);
    }
    // Inside a tunnel every request is for the tunnel's host.
    let host = Host::from_address([127, 0, 0, 1].into());
    if let Ok(found) = RequestHead::parse(head, Spoken::InTunnel(&host, 443)) {
        let Target::Request(request) = found.target else { panic!("a tunnel in a tunnel") };
        assert!(request.host == host && request.port == 443);
    }
}

fn sent(found: &RequestHead, request: &Request) {
    let mut fields = found.fields.clone();
    let framing = match &found.opening {
        Some(opening) => {
            opening.ask(&mut fields);
            Framing::Empty
        }
        None => found.framing,
    };
    let sent = RequestHead::write(request, &fields, framing);
    let text = String::from_utf8_lossy(&sent);
    assert_eq!(text.matches("\r\nHost: ").count(), 1);
    let path = format!(" {} ", request.path);
    let whole = format!(" http://{}{} ", request.authority(), request.path);
    let line = String::from_utf8(sent[..text.find('\r').unwrap_or(0)].to_vec()).unwrap_or_default();
    let again = [line.replacen(&path, &whole, 1).as_bytes(), &sent[line.len()..]].concat();
    let again = RequestHead::parse(&again, Spoken::ToProxy).expect("what is sent can be read");
    assert_eq!(again.target, found.target);
    assert_eq!(again.fields, found.fields);
    assert_eq!((again.framing, again.opening), (framing, found.opening.clone()));
}

fn answer(head: &[u8]) {
    for asked in [Asked::Some, Asked::Head] {
        let Ok(found) = ResponseHead::parse(head, asked) else { continue };
        let Body::Some(framing) = found.body else { continue };
        if framing == Framing::UntilClose {
            continue;
        }
        let again = ResponseHead::parse(&found.write(framing, true), asked);
        let again = again.expect("what is sent can be read");
        assert_eq!((again.status, again.body), (found.status, found.body));
        assert_eq!(again.fields, found.fields);
    }
}

/// Less of a greeting is never read as more, on either side.
pub(crate) fn hello(bytes: &[u8]) {
    let found = ClientHello::parse(bytes);
    if let Ok(Some(hello)) = &found {
        assert!(hello.length <= bytes.len());
        assert_eq!(ClientHello::parse(&bytes[..hello.length]), found);
    }
    let asked = asks_again(bytes);
    for cut in 0..bytes.len() {
        let part = ClientHello::parse(&bytes[..cut]);
        assert!(part == Ok(None) || part == found, "{part:?} at {cut}, then {found:?}");
        let part = asks_again(&bytes[..cut]);
        assert!(part.is_none() || part == asked, "{part:?} at {cut}, then {asked:?}");
    }
}
