//! Servers that ask for a second greeting.

use std::sync::{Arc, Mutex};

use aether_egress::{Failure, Limits, Stage, Why};
use rustls::HandshakeKind;
use rustls::crypto::ring::{default_provider, kx_group};

use crate::lab::{Lab, NAME, Peer, Server, hasty};
use crate::tls;
use crate::tunnels::{hello, open, sni};

/// What a server begins with that asks for another greeting.
fn retry() -> Vec<u8> {
    let random = [
        0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8,
        0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8,
        0x33, 0x9c,
    ];
    let body = [&[3, 3][..], &random, &[0, 0x13, 1, 0, 0, 0]].concat();
    let message = [&[2, 0, 0, u8::try_from(body.len()).unwrap()][..], &body].concat();
    [&[22, 3, 3, 0, u8::try_from(message.len()).unwrap()][..], &message].concat()
}

/// A server that answers a greeting so, and keeps what comes after it.
fn answering(greeting: usize, with: Vec<u8>) -> (Server, Arc<Mutex<Vec<u8>>>) {
    let after: Arc<Mutex<Vec<u8>>> = Arc::default();
    let kept = Arc::clone(&after);
    let server = Server::raw(move |peer: &mut Peer| {
        if peer.bytes(greeting).len() == greeting && peer.send(&with) {
            loop {
                let bytes = peer.bytes(1);
                if bytes.is_empty() {
                    return;
                }
                kept.lock().unwrap().extend_from_slice(&bytes);
                peer.send(b"+");
            }
        }
    });
    (server, after)
}

fn first() -> Vec<u8> {
    hello(&[sni(NAME.as_bytes())])
}

/// The filler, an alert and early data: what may stand between the greetings.
fn between() -> Vec<u8> {
    [&b"\x14\x03\x03\x00\x01\x01"[..], b"\x15\x03\x03\x00\x02\x01\x5a", b"\x17\x03\x03\x00\x03abc"]
        .concat()
}

/// Sends a second greeting; it must not arrive.
fn check(second: &[u8], at_once: bool, expect: impl Fn(&Stage) -> bool) {
    let (server, after) = answering(first().len(), retry());
    let lab = Lab::to_with(&server, hasty());
    let mut peer = open(&lab, &server);
    if at_once {
        peer.send([first(), second.to_vec()].concat());
        assert_eq!(peer.bytes(retry().len()), retry());
    } else {
        peer.send(first());
        assert_eq!(peer.bytes(retry().len()), retry());
        peer.send(second);
    }
    peer.rest();
    let end = lab.events.ended();
    assert!(expect(&end.stage), "{second:?}: {:?}", end.stage);
    let after = after.lock().unwrap().clone();
    assert!(between().starts_with(&after), "{second:?}: {after:?} arrived");
}

#[test]
fn a_second_greeting_is_for_the_same_server() {
    let denied =
        |why: Why| move |stage: &Stage| matches!(stage, Stage::Denied(denied) if denied.why == why);
    let other = hello(&[sni(b"other.example")]);
    let in_records: Vec<u8> =
        other[5..].chunks(1).flat_map(|byte| [&[22, 3, 3, 0, 1][..], byte].concat()).collect();
    let hidden = hello(&[sni(NAME.as_bytes()), (0xfe0d, vec![0; 40])]);
    for at_once in [false, true] {
        check(&other, at_once, denied(Why::ServerName));
        check(&[between(), other.clone()].concat(), at_once, denied(Why::ServerName));
        check(&in_records, at_once, denied(Why::ServerName));
        check(&hello(&[]), at_once, denied(Why::ServerName));
        check(&hidden, at_once, denied(Why::EncryptedHello));
        check(b"GET / HTTP/1.1\r\n", at_once, denied(Why::NotTls));
        check(b"\x17\x03\x03\xff\xff", at_once, |s| *s == Stage::Failed(Failure::Hello));
        check(&other[..20], at_once, |s| *s == Stage::Failed(Failure::ClientIdle));
    }
}

#[test]
fn a_second_greeting_for_the_same_server_arrives() {
    for (second, at_once) in [
        (first(), false),
        (first(), true),
        ([between(), first()].concat(), false),
        ([between(), first(), between()].concat(), true),
    ] {
        let (server, after) = answering(first().len(), retry());
        let lab = Lab::to(&server);
        let mut peer = open(&lab, &server);
        if at_once {
            peer.send([first(), second.clone()].concat());
            peer.bytes(retry().len());
        } else {
            peer.send(first());
            peer.bytes(retry().len());
            peer.send(&second);
        }
        assert_eq!(peer.bytes(second.len()), vec![b'+'; second.len()]);
        assert_eq!(*after.lock().unwrap(), second);
        drop(peer);
        let end = lab.events.ended();
        let out = u64::try_from(first().len() + second.len()).unwrap();
        assert_eq!((end.stage, end.bytes_out), (Stage::Done, out));
    }
}

/// Nothing behind the first greeting is sent on before it is certain that no second one is asked for.
#[test]
fn what_follows_a_greeting_waits_for_its_answer() {
    let (server, after) = answering(first().len(), b"\x16\x03\x03\x00\x04\x02\x00".to_vec());
    let lab = Lab::to_with(&server, hasty());
    let mut peer = open(&lab, &server);
    peer.send([first(), hello(&[sni(b"other.example")])].concat());
    peer.rest();
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::ServerIdle));
    assert_eq!(*after.lock().unwrap(), b"");
}

/// With real ones on both sides.
#[test]
fn a_client_that_is_asked_again_gets_through() {
    let mut provider = default_provider();
    provider.kx_groups = vec![kx_group::SECP384R1];
    let (server, der) = tls::server_by(provider, &[NAME], |_| {
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec()
    });
    let lab = Lab::with(&[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default());
    let stream = tls::client(open(&lab, &server).stream, NAME, &der).expect("it gets through");
    assert_eq!(stream.conn.handshake_kind(), Some(HandshakeKind::FullWithHelloRetryRequest));
}
