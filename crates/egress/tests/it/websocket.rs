//! A server that opens WebSockets, and frames.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

use crate::lab::{Answer, Peer, Server};

/// What a server answers to a key.
pub(crate) fn accept(key: &str) -> String {
    let text = format!("{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(Sha1::digest(text.as_bytes()))
}

/// The head that opens what a request asks for.
pub(crate) fn opening(request: &Answer) -> String {
    let accept = accept(&request.field("sec-websocket-key").unwrap_or_default());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
}

/// A server that opens a WebSocket and then does what it is told to with the connection.
pub(crate) fn server(act: impl Fn(&mut Peer, &Answer) + Send + Sync + 'static) -> Server {
    Server::raw(move |peer| {
        let request = peer.answer(false);
        if request.head.is_empty() {
            return;
        }
        peer.send(opening(&request));
        act(peer, &request);
    })
}

/// A server that says the same back, and ends in order.
pub(crate) fn echo() -> Server {
    server(|peer, _| {
        while let Some(frame) = next(peer) {
            assert!(frame.mask.is_some(), "a client masks");
            match frame.first & 0x0f {
                8 => {
                    peer.send(plain(0x88, &frame.payload));
                    return;
                }
                9 => peer.send(plain(0x8a, &frame.payload)),
                10 => true,
                _ => peer.send(plain(frame.first, &frame.payload)),
            };
        }
    })
}

/// A frame, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) first: u8,
    pub(crate) mask: Option<[u8; 4]>,
    /// Without its mask.
    pub(crate) payload: Vec<u8>,
}

/// The next frame; nothing at the end.
pub(crate) fn next(peer: &mut Peer) -> Option<Frame> {
    let head: [u8; 2] = peer.bytes(2).try_into().ok()?;
    let length = match head[1] & 0x7f {
        126 => usize::from(u16::from_be_bytes(peer.bytes(2).try_into().ok()?)),
        127 => usize::try_from(u64::from_be_bytes(peer.bytes(8).try_into().ok()?)).ok()?,
        short => usize::from(short),
    };
    let mask: Option<[u8; 4]> =
        if head[1] & 0x80 != 0 { Some(peer.bytes(4).try_into().ok()?) } else { None };
    let mut payload = peer.bytes(length);
    if payload.len() < length {
        return None;
    }
    if let Some(mask) = mask {
        payload.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= mask[at % 4]);
    }
    Some(Frame { first: head[0], mask, payload })
}

/// A frame of a server.
pub(crate) fn plain(first: u8, payload: &[u8]) -> Vec<u8> {
    [&[first][..], &length(payload.len(), 0), payload].concat()
}

/// A frame of a client.
pub(crate) fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let mut hidden = payload.to_vec();
    hidden.iter_mut().enumerate().for_each(|(at, byte)| *byte ^= mask[at % 4]);
    [&[first][..], &length(payload.len(), 0x80), &mask, &hidden].concat()
}

fn length(length: usize, bit: u8) -> Vec<u8> {
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..126), _) => vec![bit | short],
        (_, Ok(long)) => [&[bit | 126][..], &long.to_be_bytes()].concat(),
        _ => [&[bit | 127][..], &(length as u64).to_be_bytes()].concat(),
    }
}
