//! WebSockets that the host program opens for a plugin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use aether_egress::{
    Failure, FailureKind, FetchError, Fetcher, FrameError, HandshakeError, Heard, Limits, Message,
    OpenSocket, Outlet, Stage, Unsent, WebSocket, Why,
};

use crate::fetching::{all, to};
use crate::lab::{Lab, NAME, PATIENCE, Server, hasty};
use crate::rules::rules;
use crate::tls;
use crate::websocket::{accept, echo, next, plain, server};

fn limited(server: &Server, limits: Limits) -> (Lab, Outlet) {
    let lab = Lab::new(&[], &[]);
    let rule = format!("GET,WS {NAME}:{}/live/**", server.port());
    let outlet = lab.outlet(&[&rule], &[NAME], limits);
    (lab, outlet)
}

fn url(server: &Server) -> String {
    format!("ws://{NAME}:{}/live/x", server.port())
}

fn open(fetcher: &Fetcher, url: &str) -> WebSocket {
    let open = OpenSocket { url: url.to_owned(), ..OpenSocket::default() };
    fetcher.open(open, Arc::new(|| {}))
}

/// A WebSocket to a server, open.
fn opened(server: &Server, limits: Limits) -> (Lab, WebSocket) {
    let (lab, outlet) = limited(server, limits);
    let mut socket = open(&outlet.fetcher(), &url(server));
    assert!(matches!(socket.next_heard(), Some(Heard::Opened(head)) if head.status == 101));
    (lab, socket)
}

fn text(text: &str) -> Message {
    Message::Text(text.to_owned())
}

fn failed(failure: Failure) -> Option<Heard> {
    Some(Heard::Failed(FetchError::Failed(failure)))
}

fn closed(code: Option<u16>, reason: &str) -> Option<Heard> {
    Some(Heard::Closed { code, reason: reason.to_owned() })
}

#[test]
fn messages_both_ways() {
    let server = echo();
    let (lab, mut socket) = opened(&server, Limits::default());
    let long = "ü".repeat(40_000);
    let messages = [
        text("hello"),
        text(""),
        Message::Binary(vec![]),
        Message::Binary(vec![0xff; 125]),
        Message::Binary(vec![1; 126]),
        Message::Binary((0..=255).cycle().take(65_535).collect()),
        Message::Binary((0..=255).cycle().take(65_536).collect()),
        text(&long),
    ];
    for message in &messages {
        socket.send(message.clone()).unwrap();
        assert_eq!(socket.next_heard(), Some(Heard::Message(message.clone())));
    }
    socket.close(Some((3001, "done"))).unwrap();
    assert_eq!(socket.send(text("x")), Err(Unsent::Closed));
    assert_eq!(socket.close(None), Err(Unsent::Closed));
    assert_eq!(socket.next_heard(), closed(Some(3001), "done"));
    assert_eq!(socket.next_heard(), None);
    let events = lab.events.first(2);
    assert_eq!((events[0].method, events[0].path.as_deref()), (Some("WS"), Some("/live/x")));
    let end = &events[1];
    assert_eq!((end.stage.clone(), end.status), (Stage::Done, Some(101)));
    assert!(end.bytes_out > 200_000 && end.bytes_in > 200_000, "{end:?}");
}

#[test]
fn what_is_asked_for() {
    let (say, came) = channel();
    let server = Server::raw(move |peer| {
        let request = peer.answer(false);
        let accept = accept(&request.field("sec-websocket-key").unwrap());
        peer.send(format!(
            "HTTP/1.1 101 Hi\r\nupgrade: WebSocket\r\nconnection: upgrade, x\r\n\
             Sec-WebSocket-Protocol: v2\r\nX-Mine: 1\r\nsec-websocket-accept: {accept}\r\n\r\n"
        ));
        peer.send(plain(0x81, b"at once"));
        say.send(request.head).unwrap();
        next(peer);
    });
    let (_lab, outlet) = limited(&server, Limits::default());
    let asked = OpenSocket {
        url: format!("WS://{NAME}:{}/live/a/../b?q#f", server.port()),
        protocols: vec!["v1".into(), "v2".into()],
        headers: [
            ("Origin", "app://x"),
            ("Host", "evil.example"),
            ("Sec-WebSocket-Key", "x"),
            ("Sec-WebSocket-Extensions", "permessage-deflate"),
            ("Upgrade", "h2c"),
            ("Content-Length", "5"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
    };
    let mut socket = outlet.fetcher().open(asked, Arc::new(|| {}));
    let Some(Heard::Opened(head)) = socket.next_heard() else { panic!() };
    assert_eq!((head.status, head.reason.as_str()), (101, "Hi"));
    let headers = [("Sec-WebSocket-Protocol", "v2"), ("X-Mine", "1")];
    assert_eq!(head.headers, headers.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(socket.next_heard(), Some(Heard::Message(text("at once"))));
    let sent = came.recv_timeout(PATIENCE).unwrap();
    let (before, key) = sent.split_once("Sec-WebSocket-Key: ").unwrap();
    let expect = format!(
        "GET /live/b?q HTTP/1.1\r\nHost: {NAME}:{}\r\nOrigin: app://x\r\n\
         Sec-WebSocket-Protocol: v1, v2\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\n",
        server.port()
    );
    assert_eq!((before, key.len()), (expect.as_str(), 24 + 4));
}

#[test]
fn what_is_not_granted_is_not_opened() {
    let server = echo();
    let (lab, outlet) = limited(&server, Limits::default());
    let fetcher = outlet.fetcher();
    let why = |url: &str| match open(&fetcher, url).next_heard() {
        Some(Heard::Failed(FetchError::Denied(denied))) => denied.why,
        other => panic!("{url}: {other:?}"),
    };
    let port = server.port();
    assert_eq!(why(&format!("ws://{NAME}:{port}/dead")), Why::Path);
    assert_eq!(why("wss://other.example/"), Why::Host);
    assert_eq!(why(&format!("ws://127.0.0.1:{port}/live/x")), Why::SocketToAddress);
    // A rule for everything else is none for this.
    let whole = lab.outlet(&[&format!("{NAME}:{port}")], &[NAME], Limits::default());
    let mut socket = open(&whole.fetcher(), &url(&server));
    let denied = socket.next_heard();
    assert!(
        matches!(&denied, Some(Heard::Failed(FetchError::Denied(denied)))
            if denied.why == Why::Method && denied.advice.resource.as_deref()
                == Some(&format!("WS {NAME}:{port}"))),
        "{denied:?}"
    );
    for url in ["http://a.example/", "ws:", "nonsense", "", "ws://user@a.example/", "file:///x"] {
        let mut socket = open(&fetcher, url);
        let heard = socket.next_heard();
        assert!(matches!(heard, Some(Heard::Failed(FetchError::Request(_)))), "{url}: {heard:?}");
    }
    for protocols in [vec!["a", "a"], vec![""], vec!["a b"], vec!["a,b"], vec!["a\r\nb"]] {
        let protocols = protocols.into_iter().map(str::to_owned).collect();
        let asked = OpenSocket { url: url(&server), protocols, headers: Vec::new() };
        let heard = fetcher.open(asked.clone(), Arc::new(|| {})).next_heard();
        assert!(matches!(heard, Some(Heard::Failed(FetchError::Headers(_)))), "{heard:?}");
    }
    assert_eq!(server.connections(), 0);
}

/// A server that answers the request with these fields, `@` for the right answer to the key.
fn answering(status: &'static str, fields: &'static str) -> Option<Heard> {
    let server = Server::raw(move |peer| {
        let request = peer.answer(false);
        let accept = accept(&request.field("sec-websocket-key").unwrap());
        let fields = fields.replace('@', &accept);
        peer.send(format!("HTTP/1.1 {status}\r\n{fields}\r\n\r\n"));
        peer.rest();
    });
    let (lab, outlet) = limited(&server, Limits::default());
    let heard = open(&outlet.fetcher(), &url(&server)).next_heard();
    assert!(matches!(lab.events.ended().stage, Stage::Failed(_) | Stage::Done), "{fields}");
    heard
}

#[test]
fn servers_that_do_not_open_it() {
    let wrong = failed(Failure::Handshake(HandshakeError::Accept));
    for fields in [
        "Upgrade: websocket\r\nConnection: Upgrade",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @x",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nSec-WebSocket-Accept: @",
        "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @",
        "Connection: Upgrade\r\nSec-WebSocket-Accept: @",
        "Upgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: @",
        "Upgrade: websocket\r\nSec-WebSocket-Accept: @",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nContent-Length: 0",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\nTransfer-Encoding: chunked",
    ] {
        assert_eq!(answering("101 Switching Protocols", fields), wrong, "{fields}");
    }
    let opens = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: @\r\n";
    for chosen in ["Sec-WebSocket-Protocol: x", "Sec-WebSocket-Extensions: permessage-deflate"] {
        let fields: &str = Box::leak(format!("{opens}{chosen}").into_boxed_str());
        let heard = answering("101 Switching Protocols", fields);
        assert_eq!(heard, failed(Failure::Handshake(HandshakeError::Chosen)));
    }
    for status in ["200 OK", "302 Found", "403 Forbidden", "426 Upgrade Required"] {
        let heard = answering(status, "Content-Length: 0\r\nLocation: /live/y");
        let code = status[..3].parse().unwrap();
        assert_eq!(heard, failed(Failure::NotOpened(code)), "{status}");
    }
    assert_eq!(Failure::NotOpened(403).kind(), FailureKind::Refused);
}

/// What is heard of a server that says these bytes in an open WebSocket, and how it is answered.
fn says(bytes: Vec<u8>, limits: Limits) -> (Option<Heard>, Option<Vec<u8>>) {
    let (say, came) = channel();
    let server = server(move |peer, _| {
        peer.send(&bytes);
        let close = std::iter::from_fn(|| next(peer)).find(|frame| frame.first == 0x88);
        say.send(close.map(|frame| frame.payload)).unwrap();
    });
    let (_lab, mut socket) = opened(&server, limits);
    let heard = socket.next_heard();
    (heard, came.recv_timeout(PATIENCE).unwrap())
}

#[test]
fn frames_that_break_the_rules() {
    let check = |bytes: &[u8], error: FrameError, code: u16| {
        let limits = Limits { message_bytes: 1000, ..Limits::default() };
        let (heard, close) = says(bytes.to_vec(), limits);
        assert_eq!(heard, failed(Failure::Frames(error)), "{bytes:x?}");
        assert_eq!(close, Some(code.to_be_bytes().to_vec()), "{bytes:x?}");
    };
    for first in [0xc1, 0xa1, 0x91, 0xf1, 0xc8] {
        check(&plain(first, b"x"), FrameError::Reserved, 1002);
    }
    for first in [0x83, 0x87, 0x8b, 0x8f, 0x03] {
        check(&plain(first, b"x"), FrameError::Opcode, 1002);
    }
    check(&plain(0x89, &[0; 126]), FrameError::Control, 1002);
    check(&plain(0x09, b"in parts"), FrameError::Control, 1002);
    check(&plain(0x08, b""), FrameError::Control, 1002);
    check(&[0x82, 126, 0, 125], FrameError::Length, 1002);
    check(&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], FrameError::Length, 1002);
    check(&[0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 0], FrameError::Length, 1002);
    check(&crate::websocket::masked(0x81, b"x"), FrameError::Masked, 1002);
    check(&plain(0x80, b"no beginning"), FrameError::Order, 1002);
    check(&[plain(0x01, b"a"), plain(0x81, b"b")].concat(), FrameError::Order, 1002);
    check(&[plain(0x02, b"a"), plain(0x02, b"b")].concat(), FrameError::Order, 1002);
    check(&plain(0x81, &[0xff, 0xfe]), FrameError::Text, 1007);
    check(&plain(0x81, "ü".as_bytes().split_at(1).0), FrameError::Text, 1007);
    check(&plain(0x88, &[3]), FrameError::Code, 1002);
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2000, 2999, 5000] {
        check(&plain(0x88, &code.to_be_bytes()), FrameError::Code, 1002);
    }
    check(&plain(0x88, &[3, 232, 0xff]), FrameError::Text, 1007);
    // Told by its head alone: nothing of it is waited for or held.
    check(&[0x82, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], FrameError::TooLong, 1009);
    check(&[0x82, 126, 0x03, 0xe9], FrameError::TooLong, 1009);
    let parts = [plain(0x02, &[0; 600]), plain(0x00, &[0; 400]), plain(0x80, &[0; 1])].concat();
    check(&parts, FrameError::TooLong, 1009);
}

#[test]
fn parts_are_put_together() {
    let (umlaut, rest) = "ü".as_bytes().split_at(1);
    let bytes = [
        plain(0x01, umlaut),
        plain(0x89, b"in between"),
        plain(0x00, b""),
        plain(0x00, rest),
        plain(0x8a, b"unasked"),
        plain(0x80, b"!"),
        plain(0x88, &[3, 232, b'o', b'k']),
    ]
    .concat();
    let (say, came) = channel();
    let server = server(move |peer, _| {
        assert!(bytes.chunks(1).all(|byte| peer.send(byte)));
        let frames: Vec<_> = std::iter::from_fn(|| next(peer)).collect();
        say.send(frames).unwrap();
    });
    let (lab, mut socket) = opened(&server, Limits::default());
    assert_eq!(socket.next_heard(), Some(Heard::Message(text("ü!"))));
    assert_eq!(socket.next_heard(), closed(Some(1000), "ok"));
    let frames = came.recv_timeout(PATIENCE).unwrap();
    let said: Vec<_> = frames.iter().map(|frame| (frame.first, &frame.payload[..])).collect();
    assert_eq!(said, [(0x8a, &b"in between"[..]), (0x88, &[3, 232])]);
    assert_eq!(lab.events.ended().stage, Stage::Done);
    // A close without a code is answered by one.
    let (heard, close) = says(plain(0x88, b""), Limits::default());
    assert_eq!((heard, close), (closed(None, ""), Some(Vec::new())));
}

#[test]
fn servers_that_leave_without_a_word() {
    let (heard, _) = says(Vec::new(), hasty());
    assert!(matches!(heard, Some(Heard::Failed(FetchError::Failed(Failure::ServerIdle)))));
    let server = server(|_, _| {});
    let (_lab, mut socket) = opened(&server, Limits::default());
    let heard = socket.next_heard();
    assert!(matches!(heard, Some(Heard::Failed(FetchError::Failed(Failure::Server(_))))));
    // One that never answers a close is not waited for without end.
    let server = crate::websocket::server(|peer, _| while next(peer).is_some() {});
    let (_lab, mut socket) = opened(&server, Limits::default());
    socket.close(None).unwrap();
    assert_eq!(socket.next_heard(), failed(Failure::ServerIdle));
}

#[test]
fn a_silent_server_that_is_there_is_kept() {
    let server = echo();
    let (_lab, mut socket) = opened(&server, hasty());
    thread::sleep(hasty().idle_time * 3);
    assert_eq!(socket.try_next(), None);
    socket.send(text("still")).unwrap();
    assert_eq!(socket.next_heard(), Some(Heard::Message(text("still"))));
    // But not for longer than a tunnel may last.
    assert_eq!(socket.next_heard(), failed(Failure::Time));
}

#[test]
fn endless_messages_and_pings_have_an_end() {
    let flood = |frame: Vec<u8>| {
        let server = server(move |peer, _| while peer.send(frame.repeat(100)) {});
        let limits = Limits { tunnel_bytes: 1_000_000, ..Limits::default() };
        let (lab, mut socket) = opened(&server, limits);
        let last = std::iter::from_fn(|| socket.next_heard()).last();
        assert_eq!(last, failed(Failure::TunnelBytes));
        assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::TunnelBytes));
    };
    flood(plain(0x82, &[0; 100]));
    flood(plain(0x82, &[]));
    flood(plain(0x89, b"are you there"));
    flood(plain(0x8a, &[]));
}

#[test]
fn a_slow_listener_holds_up_the_server_not_the_memory() {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let server = server(move |peer, _| {
        while peer.send(plain(0x82, &[0; 100_000])) {
            count.fetch_add(100_000, Ordering::SeqCst);
        }
    });
    let limits = Limits { message_bytes: 1_000_000, ..Limits::default() };
    let (_lab, mut socket) = opened(&server, limits);
    thread::sleep(Duration::from_millis(300));
    // What the system buffers, and what may wait.
    assert!(sent.load(Ordering::SeqCst) < 32 << 20);
    assert!(matches!(socket.try_next(), Some(Heard::Message(_))));
}

#[test]
fn a_server_that_does_not_listen_holds_up_the_sender() {
    let (go, told) = channel::<()>();
    let told = std::sync::Mutex::new(told);
    let server = server(move |peer, _| {
        told.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        while let Some(frame) = next(peer) {
            if frame.first == 0x88 {
                peer.send(plain(0x88, &frame.payload));
            }
        }
    });
    let (_lab, outlet) = limited(&server, Limits { message_bytes: 100_000, ..Limits::default() });
    let woken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&woken);
    let asked = OpenSocket { url: url(&server), ..OpenSocket::default() };
    let wake = move || {
        count.fetch_add(1, Ordering::SeqCst);
    };
    let mut socket = outlet.fetcher().open(asked, Arc::new(wake));
    assert_eq!(
        socket.try_send(Message::Binary(vec![0; 100_001])),
        Err(Unsent::TooLong(Message::Binary(vec![0; 100_001])))
    );
    assert!(matches!(socket.next_heard(), Some(Heard::Opened(_))));
    let mut refused = 0;
    while refused < 100 {
        match socket.try_send(Message::Binary(vec![0; 50_000])) {
            Ok(()) => refused = 0,
            Err(Unsent::Full(_)) => {
                refused += 1;
                thread::sleep(Duration::from_millis(2));
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let before = woken.load(Ordering::SeqCst);
    go.send(()).unwrap();
    socket.send(Message::Binary(vec![0; 100_000])).unwrap();
    socket.close(Some((1000, ""))).unwrap();
    assert_eq!(socket.next_heard(), closed(Some(1000), ""));
    assert!(woken.load(Ordering::SeqCst) > before + 1);
}

#[test]
fn what_a_plugin_cannot_close_with() {
    let server = echo();
    let (_lab, socket) = opened(&server, Limits::default());
    for code in [0, 999, 1001, 1002, 1005, 1006, 2999, 5000] {
        assert_eq!(socket.close(Some((code, ""))), Err(Unsent::Code), "{code}");
    }
    assert_eq!(socket.close(Some((1000, &"x".repeat(124)))), Err(Unsent::Reason));
    socket.close(Some((4999, &"x".repeat(123)))).unwrap();
}

#[test]
fn new_rules_end_what_they_do_not_allow() {
    let server = echo();
    let (lab, outlet) = limited(&server, Limits { connections: 1, ..Limits::default() });
    let mut socket = open(&outlet.fetcher(), &url(&server));
    assert!(matches!(socket.next_heard(), Some(Heard::Opened(_))));
    let port = server.port();
    outlet.replace_rules(Arc::new(rules(&[&format!("WS {NAME}:{port}")], &[NAME])));
    socket.send(text("still")).unwrap();
    assert_eq!(socket.next_heard(), Some(Heard::Message(text("still"))));
    let waiting = open(&outlet.fetcher(), &url(&server));
    outlet.replace_rules(Arc::new(rules(&[&format!("{NAME}:{port}")], &[NAME])));
    assert_eq!(socket.next_heard(), failed(Failure::Closed));
    assert_eq!(socket.send(text("x")), Err(Unsent::Closed));
    assert!(lab.events.all().iter().any(|event| event.stage == Stage::Failed(Failure::Closed)));
    drop(waiting);
}

#[test]
fn what_is_dropped_ends_at_once_and_makes_room() {
    let (say, left) = channel();
    let server = server(move |peer, _| say.send(next(peer)).unwrap());
    let free = crate::lab::Server::hello();
    let lab = Lab::new(&[], &[]);
    let grant = [format!("WS {NAME}:{}", server.port()), format!("{NAME}:{}", free.port())];
    let limits = Limits { connections: 1, ..Limits::default() };
    let outlet = lab.outlet(&[&grant[0], &grant[1]], &[NAME], limits);
    let mut socket = open(&outlet.fetcher(), &url(&server));
    assert!(matches!(socket.next_heard(), Some(Heard::Opened(_))));
    drop(socket);
    assert_eq!(left.recv_timeout(PATIENCE).unwrap(), None);
    assert_eq!(all(&outlet.fetcher(), to(&free, "/")).unwrap().1, b"hello");
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Closed));
}

#[test]
fn wss_to_the_right_server_alone() {
    let open = |names: &[&str]| {
        let (server, der) = tls::server(names, |head| {
            let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
            let head = format!(
                "HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {}\r\n\r\n",
                accept(key.unwrap())
            );
            [head.into_bytes(), plain(0x81, b"hi"), plain(0x88, b"")].concat()
        });
        let lab = Lab::trusting(&[], &[], Limits::default(), vec![der]);
        let rule = format!("WS {NAME}:{}", server.port());
        let outlet = lab.outlet(&[&rule], &[NAME], Limits::default());
        let url = url(&server).replace("ws:", "wss:");
        let mut socket = self::open(&outlet.fetcher(), &url);
        std::iter::from_fn(|| socket.next_heard()).collect::<Vec<_>>()
    };
    let heard = open(&[NAME]);
    assert_eq!(heard[1..], [Heard::Message(text("hi")), closed(None, "").unwrap()]);
    let heard = open(&["other.example"]);
    assert!(matches!(&heard[..], [Heard::Failed(FetchError::Failed(Failure::Tls(_)))]));
}
