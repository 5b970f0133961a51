//! WebSockets through the proxy.

use std::io::{Read, Write};

use aether_egress::{Failure, HandshakeError, Limits, Stage};

use crate::lab::{Answer, Lab, NAME, Peer, Server, get, hasty};
use crate::tls;
use crate::websocket::{accept, echo, masked, next, opening, plain, server};

const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

fn lab(server: &Server, limits: Limits) -> Lab {
    Lab::with(&[&format!("GET,WS {NAME}:{}/live/**", server.port())], &[NAME], limits)
}

/// A request for a WebSocket, with these fields besides.
fn ask(server: &Server, path: &str, fields: &str) -> String {
    let at = format!("{NAME}:{}", server.port());
    format!(
        "GET http://{at}{path} HTTP/1.1\r\nHost: {at}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n\
         {fields}\r\n"
    )
}

fn open(lab: &Lab, server: &Server) -> Peer {
    let mut peer = lab.connect();
    peer.send(ask(server, "/live/x", ""));
    assert!(peer.head().starts_with("HTTP/1.1 101 "));
    peer
}

#[test]
fn a_websocket_is_carried_both_ways() {
    let server = echo();
    let lab = lab(&server, Limits::default());
    let mut peer = lab.connect();
    peer.send(ask(&server, "/live/x", "X-Mine: 1\r\n"));
    assert_eq!(
        peer.head(),
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            accept(KEY)
        )
    );
    for payload in [&b"hello"[..], &[7; 100_000]] {
        peer.send(masked(0x82, payload));
        assert_eq!(next(&mut peer).unwrap().payload, payload);
    }
    peer.send(masked(0x88, &[3, 232]));
    assert_eq!(next(&mut peer).unwrap().payload, [3, 232]);
    assert!(peer.is_closed());
    drop(peer);
    let end = lab.events.ended();
    assert_eq!((end.stage, end.status), (Stage::Done, Some(101)));
    assert_eq!((end.method, end.path.as_deref()), (Some("WS"), Some("/live/x")));
    assert!(end.bytes_out > 100_000 && end.bytes_in > 100_000);
}

#[test]
fn headers_are_written_anew() {
    let server = Server::answering(|request: &Answer| {
        let head = opening(request);
        let end = head.len() - 2;
        let more = "Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: x\r\nX: y\r\n\r\n";
        [&head.as_bytes()[..end], more.as_bytes()].concat()
    });
    let lab = lab(&server, Limits::default());
    let mut peer = lab.connect();
    let fields = "Sec-WebSocket-Protocol: a, b\r\nSec-WebSocket-Extensions: x\r\nOrigin: o\r\n\
                  Proxy-Authorization: z\r\nTE: trailers\r\nContent-Length: 0\r\n";
    peer.send(ask(&server, "/live/a/../x?q", fields));
    let head = peer.head();
    assert!(head.contains(&format!("Sec-WebSocket-Accept: {}\r\n", accept(KEY))));
    assert!(head.contains("Sec-WebSocket-Protocol: b\r\nSec-WebSocket-Extensions: x\r\nX: y\r\n"));
    let sent = server.requests()[0].head.clone();
    let (before, key) = sent.split_once("Sec-WebSocket-Key: ").unwrap();
    assert_eq!(
        before,
        format!(
            "GET /live/x?q HTTP/1.1\r\nHost: {NAME}:{}\r\nSec-WebSocket-Protocol: a, b\r\n\
             Sec-WebSocket-Extensions: x\r\nOrigin: o\r\nUpgrade: websocket\r\n\
             Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n",
            server.port()
        )
    );
    // A plugin that knew the key could have a server answer it that knows nothing of WebSockets.
    assert!(key.len() == 28 && !key.starts_with(KEY), "{key}");
}

#[test]
fn what_is_not_granted_is_not_opened() {
    let server = echo();
    let lab = lab(&server, Limits::default());
    let mut peer = lab.connect();
    peer.send(ask(&server, "/dead", ""));
    let answer = peer.answer(false);
    assert_eq!((answer.status(), answer.json()["method"].as_str()), (403, Some("WS")));
    // What is no WebSocket may follow on the same connection.
    peer.send(get(&server, "/dead"));
    assert_eq!(peer.answer(false).status(), 403);
    // A rule for everything else is none for this.
    let whole = Lab::to(&server);
    let answer = whole.ask(ask(&server, "/live/x", ""));
    assert_eq!(answer.status(), 403);
    let allow = answer.json()["allow"]["manifest"].to_string();
    assert!(allow.contains(&format!("WS {NAME}:{}", server.port())), "{allow}");
    assert_eq!(server.connections(), 0);
}

#[test]
fn requests_that_open_no_websocket() {
    let server = echo();
    let check = |change: &dyn Fn(String) -> String, status: u16, part: &str| {
        let lab = lab(&server, Limits::default());
        let mut peer = lab.connect();
        let asked = change(ask(&server, "/live/x", ""));
        peer.send(&asked);
        let answer = peer.answer(false);
        assert_eq!(answer.status(), status, "{asked}: {answer:?}");
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert!(why.contains(part), "{asked}: {why}");
        assert!(peer.is_closed());
    };
    let replaced =
        |from: &'static str, to: &'static str| move |asked: String| asked.replace(from, to);
    for connection in ["keep-alive, Upgrade", "Upgrade, x", "close", "", "Upgrade\r\nConnection: x"]
    {
        let line = format!("Connection: {connection}\r\n");
        check(
            &|asked: String| asked.replace("Connection: Upgrade\r\n", &line),
            400,
            "`Connection`",
        );
    }
    check(&replaced("Connection: Upgrade\r\n", ""), 400, "`Connection`");
    for version in
        ["Version: 8", "Version: 13, 8", "Version:", "Version: 13\r\nSec-WebSocket-Version: 8"]
    {
        check(&|asked: String| asked.replace("Version: 13", version), 400, "Version");
    }
    for key in ["", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZR==", "AAAA"] {
        check(&|asked: String| asked.replace(KEY, key), 400, "Key");
    }
    let twice = |asked: String| asked.replace(KEY, &format!("{KEY}\r\nSec-WebSocket-Key: {KEY}"));
    check(&twice, 400, "Key");
    check(&replaced("GET", "POST"), 400, "GET");
    check(&replaced("HTTP/1.1", "HTTP/1.0"), 400, "HTTP/1.1");
    check(
        &|asked: String| asked.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx"),
        400,
        "body",
    );
    let chunked = "\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    check(&|asked: String| asked.replace("\r\n\r\n", chunked), 400, "body");
    check(&replaced("websocket", "websocket, h2c"), 403, "change the protocol");
    check(&replaced("websocket", "h2c"), 403, "change the protocol");
    assert_eq!(server.connections(), 0);
}

#[test]
fn servers_that_do_not_open_it() {
    let check = |answer: String, failure: Failure| {
        let server = Server::raw(move |peer| {
            let asked = peer.answer(false);
            let right = accept(&asked.field("sec-websocket-key").unwrap());
            // Nothing of the client's arrives behind it.
            peer.send(answer.replace('@', &right));
            assert_eq!(peer.rest(), b"");
        });
        let lab = lab(&server, Limits::default());
        let mut peer = lab.connect();
        peer.send(ask(&server, "/live/x", ""));
        peer.send(masked(0x81, b"too early"));
        assert_eq!(peer.answer(false).status(), 502);
        assert_eq!(lab.events.ended().stage, Stage::Failed(failure));
    };
    let wrong = Failure::Handshake(HandshakeError::Accept);
    let head = "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    check(format!("{head}Sec-WebSocket-Accept: {}\r\n\r\n", accept(KEY)), wrong.clone());
    check(format!("{head}\r\n"), wrong.clone());
    check("HTTP/1.1 101 X\r\nSec-WebSocket-Accept: @\r\n\r\n".to_owned(), wrong);
    let chosen = Failure::Handshake(HandshakeError::Chosen);
    check(
        format!("{head}Sec-WebSocket-Accept: @\r\nSec-WebSocket-Protocol: x\r\n\r\n"),
        chosen.clone(),
    );
    check(format!("{head}Sec-WebSocket-Accept: @\r\nSec-WebSocket-Extensions: x\r\n\r\n"), chosen);
}

#[test]
fn a_server_may_say_no() {
    let server = Server::answering(|_| {
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 2\r\n\r\nno".to_vec()
    });
    let lab = lab(&server, Limits::default());
    let mut peer = lab.connect();
    peer.send(ask(&server, "/live/x", ""));
    let answer = peer.answer(false);
    assert_eq!((answer.status(), answer.text().as_str()), (401, "no"));
    // What follows is a request like any other, and decided on as one.
    peer.send(get(&server, "/dead"));
    assert_eq!(peer.answer(false).status(), 403);
    peer.send(get(&server, "/live/y"));
    assert_eq!(peer.answer(false).status(), 401);
}

#[test]
fn limits_of_websockets() {
    let server = server(|peer, _| while next(peer).is_some() {});
    let lab = lab(&server, Limits { tunnel_bytes: 1000, ..Limits::default() });
    let mut peer = open(&lab, &server);
    peer.send(masked(0x82, &[0; 5000]));
    peer.rest();
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::TunnelBytes));
    let lab = self::lab(&server, hasty());
    let mut peer = open(&lab, &server);
    assert!(peer.is_closed());
    assert!(matches!(
        lab.events.ended().stage,
        Stage::Failed(Failure::ClientIdle | Failure::ServerIdle)
    ));
    let chatty = crate::websocket::server(|peer, _| {
        while peer.send(plain(0x89, b"")) {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    });
    let lab = self::lab(&chatty, hasty());
    let mut peer = open(&lab, &chatty);
    peer.rest();
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Time));
}

#[test]
fn new_rules_close_old_websockets() {
    let server = echo();
    let lab = lab(&server, Limits::default());
    let mut peer = open(&lab, &server);
    let served = lab.served.as_ref().unwrap();
    served.replace_rules(std::sync::Arc::new(crate::rules::rules(&[], &[])));
    assert!(peer.is_closed());
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Closed));
}

#[test]
fn wss_goes_through_a_tunnel_that_is_looked_into() {
    let (server, der) = tls::server(&[NAME], |head| {
        let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let head = format!(
            "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            accept(key.unwrap())
        );
        [head.into_bytes(), plain(0x81, b"hello")].concat()
    });
    let at = format!("{NAME}:{}", server.port());
    // The rule for the whole host does not open it beside the one that says where.
    let rules = [&at[..], &format!("WS {at}/live/**")];
    let lab = Lab::trusting(&rules, &[NAME], Limits::default(), vec![der]);
    let authority = tls::der_of(lab.egress.authority());
    let ask = |path: &str| {
        let mut peer = lab.connect();
        peer.send(format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n\r\n"));
        assert_eq!(peer.head(), "HTTP/1.1 200 Connection established\r\n\r\n");
        let mut stream = tls::client(peer.stream, NAME, &authority).expect("it is looked into");
        let asked = ask(&server, path, "").replace(&format!("http://{at}"), "");
        stream.write_all(asked.as_bytes()).unwrap();
        let mut came = Vec::new();
        while !came.ends_with(b"hello") && !came.ends_with(b"}\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            came.push(byte[0]);
        }
        String::from_utf8_lossy(&came).into_owned()
    };
    let opened = ask("/live/x");
    assert!(opened.starts_with("HTTP/1.1 101 ") && opened.contains(&accept(KEY)), "{opened}");
    let denied = ask("/dead");
    assert!(denied.starts_with("HTTP/1.1 403 ") && denied.contains("other paths"), "{denied}");
}
