//! Tunnels that are asked for in SOCKS.

use std::net::TcpListener;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use aether_egress::{Failure, HeadError, Limits, SocksError, Stage, Why};

use crate::lab::{Lab, NAME, Peer, Server, hasty};
use crate::proxy::which;
use crate::tls;
use crate::tunnels::{echo, hello, sni};

/// A request for a tunnel to a name.
fn to_name(name: &[u8], port: u16) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    [&[5, 1, 0, 3, length][..], name, &port.to_be_bytes()].concat()
}

/// A connection that was welcomed.
fn welcomed(lab: &Lab) -> Peer {
    let mut peer = lab.connect();
    peer.send([5, 1, 0]);
    assert_eq!(peer.bytes(2), [5, 0]);
    peer
}

/// What a request is answered with; the connection is closed behind it.
fn refused(lab: &Lab, request: &[u8]) -> u8 {
    let mut peer = welcomed(lab);
    peer.send(request);
    let answer = peer.rest();
    assert_eq!(answer.len(), 10, "{request:?}: {answer:?}");
    assert_eq!((answer[0], &answer[2..]), (5, &[0, 1, 0, 0, 0, 0, 0, 0][..]));
    answer[1]
}

fn open(lab: &Lab, server: &Server) -> Peer {
    let mut peer = welcomed(lab);
    peer.send(to_name(NAME.as_bytes(), server.port()));
    assert_eq!(peer.bytes(10), [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    peer
}

#[test]
fn a_tunnel_carries_tls_to_its_host() {
    let server = echo();
    let lab = Lab::to(&server);
    let mut peer = open(&lab, &server);
    let greeting = hello(&[sni(NAME.as_bytes())]);
    peer.send(&greeting);
    assert_eq!(peer.bytes(greeting.len()), greeting);
    drop(peer);
    let end = lab.events.ended();
    assert_eq!(
        (end.stage, end.method, end.host.as_deref()),
        (Stage::Done, Some("CONNECT"), Some(NAME))
    );
    // Byte by byte, and all at once.
    let bytes =
        [&[5, 2, 1, 0][..], &to_name(b"API.test.example.", server.port()), &greeting].concat();
    for size in [1, bytes.len()] {
        let mut peer = lab.connect();
        for piece in bytes.chunks(size) {
            peer.send(piece);
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(peer.bytes(2), [5, 0]);
        assert_eq!(peer.bytes(10)[1], 0);
        assert_eq!(peer.bytes(greeting.len()), greeting);
    }
}

#[test]
fn only_tls_to_the_host_goes_through() {
    let server = echo();
    let check = |bytes: &[u8], why: Why| {
        let lab = Lab::to_with(&server, hasty());
        let mut peer = open(&lab, &server);
        peer.send(bytes);
        let came = peer.rest();
        assert_eq!(came, [21, 3, 3, 0, 2, 2, 112], "{bytes:?}");
        assert!(matches!(lab.events.ended().stage, Stage::Denied(denied) if denied.why == why));
    };
    check(b"GET / HTTP/1.1\r\n\r\n", Why::NotTls);
    check(&hello(&[sni(b"other.example")]), Why::ServerName);
}

#[test]
fn the_decision_is_that_of_connect() {
    let lab = Lab::new(&["a.example", "c.example:8443", "evil.example"], &[]);
    lab.liar.says("evil.example", &[&["93.184.216.34", "127.0.0.1"]]);
    let why = |request: &[u8]| {
        let before = lab.events.all().len();
        assert_eq!(refused(&lab, request), 2, "{request:?}");
        let events = lab.events.first(before + 1);
        let Stage::Denied(denied) = &events.last().unwrap().stage else { panic!("{events:?}") };
        denied.why.clone()
    };
    for (name, port, expect) in [
        (&b"a.example"[..], 80, Why::Port),
        (b"A.Example.", 22, Why::Port),
        (b"c.example", 443, Why::Port),
        (b"d.example", 443, Why::Host),
        (b"127.0.0.1", 443, Why::Literal),
        (b"[::1]", 443, Why::Literal),
    ] {
        assert_eq!(why(&to_name(name, port)), expect, "{name:?}");
    }
    let to_v4 = |address: [u8; 4]| [&[5, 1, 0, 1][..], &address, &[1, 187]].concat();
    assert_eq!(why(&to_v4([127, 0, 0, 1])), Why::Literal);
    assert_eq!(why(&to_v4([169, 254, 169, 254])), Why::Literal);
    let to_v6 = |address: &str| {
        let address: std::net::Ipv6Addr = address.parse().unwrap();
        [&[5, 1, 0, 4][..], &address.octets(), &[1, 187]].concat()
    };
    assert_eq!(why(&to_v6("::1")), Why::Literal);
    assert_eq!(why(&to_v6("::ffff:127.0.0.1")), Why::Literal);
    assert_eq!(lab.liar.lookups.load(Ordering::SeqCst), 0);
    assert!(matches!(why(&to_name(b"evil.example", 443)), Why::Address(_)));
}

#[test]
fn an_address_that_the_owner_opened() {
    let server = echo();
    let lab = Lab::new(&[], &[&format!("127.0.0.1:{}", server.port())]);
    let port = server.port().to_be_bytes();
    let greeting = hello(&[]);
    for request in
        [[&[5, 1, 0, 1, 127, 0, 0, 1][..], &port].concat(), to_name(b"127.0.0.1", server.port())]
    {
        let mut peer = welcomed(&lab);
        peer.send(request);
        assert_eq!(peer.bytes(10)[1], 0);
        peer.send(&greeting);
        assert_eq!(peer.bytes(greeting.len()), greeting);
    }
}

#[test]
fn requests_that_are_refused() {
    let lab = Lab::with(&["a.example"], &[], hasty());
    let check = |request: &[u8], reply: u8, is_it: &dyn Fn(&SocksError) -> bool| {
        let before = lab.events.all().len();
        assert_eq!(refused(&lab, request), reply, "{request:?}");
        let events = lab.events.first(before + 1);
        let stage = &events.last().unwrap().stage;
        let Stage::Refused(HeadError::Socks(error)) = stage else { panic!("{stage:?}") };
        assert!(is_it(error), "{request:?}: {error:?}");
    };
    for command in [0, 2, 3, 4, 255] {
        check(&[5, command, 0, 1, 1, 1, 1, 1, 0, 80], 7, &|e| *e == SocksError::Command);
    }
    for kind in [0, 2, 5, 255] {
        check(&[5, 1, 0, kind, 1, 1, 1, 1, 0, 80], 8, &|e| *e == SocksError::Kind);
    }
    check(&[4, 1, 0, 1, 1, 1, 1, 1, 0, 80], 1, &|e| *e == SocksError::Malformed);
    check(&[5, 1, 1, 1, 1, 1, 1, 1, 0, 80], 1, &|e| *e == SocksError::Malformed);
    check(&to_name(b"a.example", 0), 1, &|e| *e == SocksError::Port);
    let host = |error: &SocksError| matches!(error, SocksError::Host(_));
    for name in [
        &b""[..],
        b"a.example\0",
        b"a.example\0.evil.org",
        b"\0",
        b"a.example:443",
        b"user@a.example",
        b"a example",
        b"0x7f.1",
        b"127.1",
        b"2130706433",
        b"::1",
        b"[::1",
        b"a..example",
        b"a%2eexample",
        &[b'a'; 64],
        &[b"a.".repeat(127), b"a".to_vec()].concat(),
    ] {
        check(&to_name(name, 443), 1, &host);
    }
    for name in ["ä.example".as_bytes(), "a．example".as_bytes(), b"a\xff.example", b"\xc3"] {
        check(&to_name(name, 443), 1, &|e| *e == SocksError::International);
    }
    // None of it can be read as HTTP or the other way round.
    assert_eq!(lab.liar.lookups.load(Ordering::SeqCst), 0);
}

#[test]
fn greetings_that_are_refused() {
    let lab = Lab::with(&["a.example"], &[], hasty());
    for ways in [&[][..], &[1], &[2], &[1, 2, 255]] {
        let mut peer = lab.connect();
        peer.send([&[5, u8::try_from(ways.len()).unwrap()][..], ways].concat());
        assert_eq!(peer.rest(), [5, 255], "{ways:?}");
    }
    let proof = Stage::Refused(HeadError::Socks(SocksError::Proof));
    assert!(lab.events.first(4).iter().all(|event| event.stage == proof));
    // An older version is no HTTP either.
    assert_eq!(lab.ask([4, 1, 1, 187, 127, 0, 0, 1, 0]).status(), 400);
    // Those who stop half-way are left.
    let name = to_name(b"a.example", 443);
    for part in [&[5][..], &[5, 3, 0], &[5, 1, 0, 5], &[&[5, 1, 0][..], &name[..9]].concat()] {
        let mut peer = lab.connect();
        peer.send(part);
        let came = peer.rest();
        assert!(came.is_empty() || came == [5, 0], "{part:?}: {came:?}");
    }
    // A byte a time, and never all of it.
    let mut peer = welcomed(&lab);
    for byte in [&[5, 1, 0, 3, 255][..], &[b'a'; 255]].concat() {
        thread::sleep(Duration::from_millis(10));
        if !peer.send([byte]) {
            break;
        }
    }
    assert!(peer.is_closed());
}

#[test]
fn failures_have_their_replies() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let lab = Lab::with(&[&format!("{NAME}:{port}"), "nowhere.example"], &[NAME], hasty());
    assert_eq!(refused(&lab, &to_name(NAME.as_bytes(), port)), 5);
    assert_eq!(
        lab.events.ended().stage,
        Stage::Failed(Failure::Connect(std::io::ErrorKind::ConnectionRefused))
    );
    assert_eq!(refused(&lab, &to_name(b"nowhere.example", 443)), 4);
    let lab =
        Lab::start(&["a.example"], &[], Limits::default(), |_| Err(aether_egress::Unrecorded));
    assert_eq!(refused(&lab, &to_name(b"a.example", 443)), 1);
    assert_eq!(refused(&lab, &to_name(b"b.example", 443)), 1);
    assert_eq!(refused(&lab, &[5, 2, 0, 1, 1, 1, 1, 1, 0, 80]), 1);
}

#[test]
fn curl_goes_through_and_is_looked_into_where_rules_say_so() {
    let Some(curl) = which("curl") else {
        eprintln!("skipped: there is no curl");
        return;
    };
    let (server, der) =
        tls::server(&[NAME], |_| b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".to_vec());
    let rule = format!("GET {NAME}:{}/open/**", server.port());
    let lab = Lab::trusting(&[&rule], &[NAME], Limits::default(), vec![der]);
    let file = std::env::temp_dir().join(format!("aether-egress-socks-{}.pem", std::process::id()));
    std::fs::write(&file, lab.egress.authority()).unwrap();
    let run = |scheme: &str, path: &str| {
        let url = format!("https://{NAME}:{}{path}", server.port());
        let proxy = format!("{scheme}://{}", lab.proxy);
        let output = Command::new(&curl)
            .args(["-sS", "-m", "10", "-x", &proxy, "--cacert"])
            .args([file.as_os_str(), url.as_ref()])
            .env_clear()
            .output()
            .unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    assert_eq!(run("socks5h", "/open/x"), "ok");
    assert!(run("socks5h", "/shut").contains("denied by policy"));
    std::fs::remove_file(&file).unwrap();
}
