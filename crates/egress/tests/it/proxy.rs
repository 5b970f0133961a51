//! Requests through the proxy.

use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use aether_egress::{Failure, HeadError, Limits, Stage, Unrecorded, Why};

use crate::lab::{Lab, NAME, PATIENCE, Server, get, hasty};
use crate::rules::rules;

#[test]
fn an_allowed_request_arrives_in_its_canonical_form() {
    let server = Server::hello();
    let lab = Lab::to(&server);
    let port = server.port();
    let answer = lab.ask(format!(
        "GET http://API.test.example.:{port}/a/../b/%2e/%7ex?q=1 HTTP/1.1\r\nhost: api.TEST.example:{port}\r\n\
         X-Mine: 1\r\nConnection: x-hop, close\r\nX-Hop: 2\r\nKeep-Alive: 3\r\nTE: trailers\r\n\
         Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic c2VjcmV0\r\nTrailer: X\r\n\r\n"
    ));
    assert_eq!((answer.status(), answer.text().as_str()), (200, "hello"));
    let sent = format!("GET /b/~x?q=1 HTTP/1.1\r\nHost: {NAME}:{port}\r\nX-Mine: 1\r\n\r\n");
    assert_eq!(server.requests()[0].head, sent);
    let events = lab.events.first(2);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].stage, Stage::Allowed);
    let end = &events[1];
    assert_eq!((end.stage.clone(), end.status, end.bytes_in), (Stage::Done, Some(200), 5));
    assert_eq!((end.path.as_deref(), end.host.as_deref()), (Some("/b/~x"), Some(NAME)));
    assert_eq!((end.port, end.method, end.rule_index), (Some(port), Some("GET"), Some(0)));
    assert_eq!(end.rule, Some(format!("{NAME}:{port}")));
    assert_eq!(events[0].exchange, end.exchange);
}

#[test]
fn a_denied_request_says_what_would_allow_it() {
    let server = Server::hello();
    let lab = Lab::new(&["GET other.example/v1/**"], &[]);
    let answer = lab.get(&server, "/");
    assert_eq!(answer.status(), 403);
    let body = answer.json();
    assert_eq!(body["error"], "denied by policy");
    assert_eq!(body["deliberate"], true);
    assert_eq!(body["host"], NAME);
    assert_eq!(body["why"], Why::Host.to_string());
    let pattern = format!("{NAME}:{}", server.port());
    assert!(body["allow"]["manifest"].as_str().unwrap().contains(&pattern));
    assert!(body["allow"]["policy"].as_str().unwrap().contains(&pattern));
    assert_eq!(body["retry"], false);
    let help = body["help"].as_str().unwrap();
    assert!(help.contains("trying again will not help"), "{help}");
    for line in ["manifest", "policy"] {
        assert!(help.contains(body["allow"][line].as_str().unwrap()), "{help}");
    }
    assert!(answer.field("proxy-authenticate").is_none());
    let answer = lab.ask("POST http://other.example/v1/x HTTP/1.1\r\nHost: other.example\r\n\r\n");
    assert_eq!(answer.json()["rule"], "GET other.example/v1/**");
    assert_eq!((server.connections(), lab.liar.lookups.load(Ordering::SeqCst)), (0, 0));
    let denied = |event: &aether_egress::EgressEvent| matches!(event.stage, Stage::Denied(_));
    assert!(lab.events.all().iter().all(denied));
}

#[test]
fn a_denial_that_nothing_would_lift_says_so() {
    let lab = Lab::new(&[], &[]);
    let at = "169.254.169.254";
    let answer = lab.ask(format!("GET http://{at}/ HTTP/1.1\r\nHost: {at}\r\n\r\n"));
    let body = answer.json();
    assert_eq!(
        (answer.status(), &body["deliberate"], &body["retry"]),
        (403, &true.into(), &false.into())
    );
    assert!(body["help"].as_str().unwrap().contains("no line of a manifest or policy"));
    let body = lab.ask("nonsense\r\n\r\n").json();
    assert_eq!((&body["deliberate"], &body["retry"]), (&true.into(), &false.into()));
}

#[test]
fn every_request_of_a_connection_is_decided_on() {
    let server = Server::hello();
    let lab =
        Lab::with(&[&format!("GET {NAME}:{}/open/**", server.port())], &[NAME], Limits::default());
    let mut peer = lab.connect();
    for (path, status) in
        [("/open/a", 200), ("/shut", 403), ("/open/../shut", 403), ("/open/b", 200)]
    {
        peer.send(get(&server, path));
        assert_eq!(peer.answer(false).status(), status, "{path}");
    }
    // Pipelined too.
    peer.send(get(&server, "/open/c") + &get(&server, "/shut") + &get(&server, "/open/d"));
    for status in [200, 403, 200] {
        assert_eq!(peer.answer(false).status(), status);
    }
    let paths: Vec<String> =
        server.requests().iter().map(|r| r.head.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths, ["/open/a", "/open/b", "/open/c", "/open/d"]);
    assert_eq!(server.connections(), 1);
    assert_eq!(lab.liar.lookups.load(Ordering::SeqCst), 1);
}

#[test]
fn a_server_that_closes_between_requests_is_dialled_again() {
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
    let lab = Lab::to(&server);
    let mut peer = lab.connect();
    for _ in 0..5 {
        peer.send(get(&server, "/"));
        assert_eq!(peer.answer(false).text(), "ok");
    }
    assert_eq!(server.connections(), 5);
}

#[test]
fn an_answer_that_nobody_asked_for_is_not_the_next_one() {
    let server = Server::raw(|peer| {
        while !peer.head().is_empty() {
            peer.send(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
                 HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            );
        }
    });
    let lab = Lab::to(&server);
    let mut peer = lab.connect();
    for _ in 0..3 {
        peer.send(get(&server, "/"));
        assert_eq!(peer.answer(false).text(), "ok");
    }
}

#[test]
fn bodies_both_ways() {
    let server = Server::answering(|request| {
        let mut answer =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", request.body.len())
                .into_bytes();
        answer.extend_from_slice(&request.body);
        answer
    });
    let lab = Lab::to(&server);
    let at = format!("{NAME}:{}", server.port());
    let body = vec![b'x'; 300_000];
    let mut peer = lab.connect();
    peer.send(format!(
        "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 300000\r\n\r\n"
    ));
    peer.send(&body);
    assert_eq!(peer.answer(false).body, body);
    peer.send(format!(
        "PUT http://{at}/ HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    peer.send("3\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Trailer: dropped\r\n\r\n");
    assert_eq!(peer.answer(false).text(), "abc0123456789");
    peer.send(format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 0\r\n\r\n"));
    assert_eq!(peer.answer(false).body, b"");
    let heads: Vec<String> = server.requests().into_iter().map(|request| request.head).collect();
    assert!(heads[0].contains("Content-Length: 300000\r\n"));
    assert!(heads[1].contains("Transfer-Encoding: chunked\r\n") && !heads[1].contains("Length"));
    assert!(heads[2].contains("Content-Length: 0\r\n"));
    let out: Vec<u64> = lab.events.first(6).iter().map(|event| event.bytes_out).collect();
    assert_eq!(out, [0, 300_000, 0, 13, 0, 0]);
}

#[test]
fn a_client_that_waits_for_a_word_gets_one_when_it_is_allowed() {
    let server = Server::answering(|request| {
        format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}", request.body.len()).into_bytes()
    });
    let lab = Lab::to(&server);
    let mut peer = lab.connect();
    let head = |at: &str| {
        format!(
            "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    peer.send(head(&format!("{NAME}:{}", server.port())));
    assert_eq!(peer.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    peer.send("abc");
    assert_eq!(peer.answer(false).text(), "3");
    assert!(!server.requests()[0].head.contains("Expect"));
    peer.send(head("other.example"));
    assert_eq!(peer.answer(false).status(), 403);
    assert!(peer.is_closed());
}

#[test]
fn answers_of_every_framing() {
    let check = |said: &str, method: &str, status: u16, body: &str| {
        let server = Server::saying(said);
        let lab = Lab::to(&server);
        let at = format!("{NAME}:{}", server.port());
        let mut peer = lab.connect();
        peer.send(format!(
            "{method} http://{at}/ HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"
        ));
        let answer = peer.answer(method == "HEAD");
        assert_eq!(
            (answer.status(), answer.text().as_str()),
            (status, body),
            "{said:?}: {answer:?}"
        );
        assert!(answer.is_whole, "{said:?}: {answer:?}");
        assert!(peer.is_closed(), "{said:?}");
        answer
    };
    check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", "GET", 200, "ok");
    check("HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "GET", 200, "ok");
    check(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        "GET",
        200,
        "ok",
    );
    check("HTTP/1.1 200 OK\r\n\r\nuntil the end", "GET", 200, "until the end");
    check("HTTP/1.0 200 OK\r\n\r\nuntil the end", "GET", 200, "until the end");
    check("HTTP/1.1 204 No Content\r\n\r\n", "GET", 204, "");
    check("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "GET", 304, "");
    check("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "GET", 404, "");
    check(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "GET",
        200,
        "ok",
    );
    let head = check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD", 200, "");
    assert_eq!(head.field("content-length").as_deref(), Some("9"));
    let redirect = check(
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
        "GET",
        302,
        "",
    );
    assert_eq!(redirect.field("location").as_deref(), Some("http://127.0.0.1/"));
    let hop = check(
        "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nX-Kept: 2\r\nKeep-Alive: 1\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n",
        "GET",
        200,
        "",
    );
    for name in ["x-hop", "keep-alive", "proxy-authenticate", "upgrade"] {
        assert_eq!(hop.field(name), None, "{name}");
    }
    assert_eq!(hop.field("x-kept").as_deref(), Some("2"));
}

#[test]
fn answers_that_cannot_be_read_for_certain() {
    let check = |said: &[u8], part: &str| {
        let server = Server::saying(said);
        let lab = Lab::to_with(&server, hasty());
        let answer = lab.get(&server, "/");
        let shown = String::from_utf8_lossy(&said[..said.len().min(200)]).into_owned();
        assert_eq!(answer.status(), 502, "{shown:?}: {answer:?}");
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert!(why.contains(part), "{shown:?}: {why}");
        assert!(matches!(lab.events.ended().stage, Stage::Failed(_)));
    };
    check(b"", "ended the connection");
    check(b"HTTP/1.1 200 OK\r\nContent-Le", "ended early");
    check(b"HTTP/1.1 200 OK\nContent-Length: 0\n\n", "CR and LF");
    check(b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n", "CR and LF");
    check(b"HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n", "control character");
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", "more than one");
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "both");
    check(b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "not a number");
    check(b"HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx", "not a number");
    check(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "other than `chunked`");
    check(b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", "folded");
    check(b"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "proper name");
    check(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "proper name");
    check(b"HTTP/1.1 20 OK\r\n\r\n", "malformed");
    check(b"HTTP/1.1 999 OK\r\n\r\n", "malformed");
    check(b"HTTP/1.1 +20 OK\r\n\r\n", "malformed");
    check(b"HTTP/2 200 OK\r\n\r\n", "version");
    check(b"SSH-2.0-OpenSSH\r\n\r\n", "malformed");
    check(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        "changes the protocol",
    );
    check(&b"HTTP/1.1 100 Continue\r\n\r\n".repeat(50), "without end");
    check(&[&b"HTTP/1.1 200 OK\r\nA: "[..], &vec![b'x'; 10 << 20]].concat(), "longer than allowed");
    check(
        &[&b"HTTP/1.1 200 OK\r\n"[..], &b"A: b\r\n".repeat(1000), b"\r\n"].concat(),
        "128 fields",
    );
    check(&[0xff; 100], "ended early");
    check(&[&[0xff; 100][..], b"\r\n\r\n"].concat(), "malformed");
}

#[test]
fn bodies_that_break_off_are_not_whole() {
    let check = |said: &str, failure: &Failure| {
        let server = Server::saying(said);
        let lab = Lab::to(&server);
        let answer = lab.get(&server, "/");
        assert_eq!(answer.status(), 200);
        assert!(!answer.is_whole, "{said:?}");
        assert_eq!(lab.events.ended().stage, Stage::Failed(failure.clone()), "{said:?}");
    };
    use aether_egress::ChunkError;
    check("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", &Failure::AnswerShort);
    for (body, failure) in [
        ("5\r\nab", Failure::AnswerShort),
        ("", Failure::AnswerShort),
        ("2\r\nab\r\n", Failure::AnswerShort),
        ("2\r\nab\r\n0\r\n", Failure::AnswerShort),
        ("x\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("-1\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("0x2\r\nab\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("2;a=b\r\nab\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("2 \r\nab\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("2\nab\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("ffffffffffffffff\r\n", Failure::AnswerBody(ChunkError::Size)),
        ("2\r\nabc\r\n", Failure::AnswerBody(ChunkError::End)),
        ("2\r\nab\n", Failure::AnswerBody(ChunkError::End)),
        ("0\r\na\nb\r\n\r\n", Failure::AnswerBody(ChunkError::Trailer)),
        ("0\r\n a: b\r\n\r\n", Failure::AnswerBody(ChunkError::Trailer)),
    ] {
        check(&format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}"), &failure);
    }
}

#[test]
fn a_body_without_an_end_is_cut() {
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\n\r\n");
        while peer.send([b'x'; 4096]) {}
    });
    let lab = Lab::to_with(&server, Limits { response_body: 100_000, ..Limits::default() });
    let answer = lab.get(&server, "/");
    assert!(!answer.is_whole);
    assert!(answer.body.len() <= 100_000);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::AnswerLong));
    let server = Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n");
    let lab = Lab::to_with(&server, Limits { response_body: 100_000, ..Limits::default() });
    assert_eq!(lab.get(&server, "/").status(), 502);
}

#[test]
fn a_request_body_without_an_end_is_cut() {
    let server = Server::raw(|peer| drop(peer.rest()));
    let limits = || Limits { request_body: 100_000, ..Limits::default() };
    let at = format!("{NAME}:{}", server.port());
    let lab = Lab::to_with(&server, limits());
    let answer = lab
        .ask(format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 100001\r\n\r\n"));
    assert_eq!(answer.status(), 413);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::RequestLong));
    assert_eq!(server.connections(), 0);
    let lab = Lab::to_with(&server, limits());
    let mut peer = lab.connect();
    peer.send(format!(
        "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    while peer.send(format!("1000\r\n{}\r\n", "x".repeat(4096))) {
        if lab.events.all().len() > 1 {
            break;
        }
    }
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::RequestLong));
}

#[test]
fn a_server_that_gives_up_on_a_body_is_heard() {
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 4\r\n\r\nfull");
        thread::sleep(Duration::from_millis(100));
    });
    let lab = Lab::to(&server);
    let at = format!("{NAME}:{}", server.port());
    let mut peer = lab.connect();
    peer.send(format!(
        "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 1000000\r\n\r\nx"
    ));
    let answer = peer.answer(false);
    assert_eq!((answer.status(), answer.text().as_str()), (413, "full"));
    assert!(peer.is_closed());
}

#[test]
fn slow_and_silent_peers_are_left() {
    let server = Server::raw(|peer| {
        peer.head();
        thread::sleep(PATIENCE);
    });
    // A head that never ends, a byte at a time.
    let lab = Lab::to_with(&server, hasty());
    let mut peer = lab.connect();
    for _ in 0..200 {
        if !peer.send("G") {
            break;
        }
        thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(peer.answer(false).status(), 408);
    assert_eq!(lab.events.ended().stage, Stage::Refused(HeadError::Late));
    // Nothing at all: nothing was asked for.
    assert!(lab.connect().is_closed());
    // Half of it.
    let mut peer = lab.connect();
    peer.send("GET http://a.example/ HT");
    drop(peer);
    lab.events.wait_for(|event| event.stage == Stage::Refused(HeadError::Cut));
    assert_eq!(lab.events.all().len(), 2);
    // A body that does not come.
    let at = format!("{NAME}:{}", server.port());
    let answer =
        lab.ask(format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: 5\r\n\r\nab"));
    assert_eq!(answer.status(), 408);
    // A server that does not answer.
    let lab = Lab::to_with(&server, hasty());
    assert_eq!(lab.get(&server, "/").status(), 504);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Time));
    // One that stops in the middle.
    let server = Server::raw(|peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab");
        thread::sleep(PATIENCE);
    });
    let lab = Lab::to_with(&server, hasty());
    assert!(!lab.get(&server, "/").is_whole);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::ServerIdle));
}

#[test]
fn dead_hosts_are_told() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let lab = Lab::with(&[&format!("{NAME}:{port}"), "nowhere.example"], &[NAME], hasty());
    let ask = |at: &str| lab.ask(format!("GET http://{at}/ HTTP/1.1\r\nHost: {at}\r\n\r\n"));
    let refused = ask(&format!("{NAME}:{port}"));
    assert_eq!((refused.status(), refused.json()["deliberate"].clone()), (502, false.into()));
    assert_eq!(ask("nowhere.example").status(), 504);
}

#[test]
fn names_that_lead_inside_are_denied() {
    for (answers, class) in [
        (&["127.0.0.1"][..], "loopback"),
        (&["10.0.0.1"], "private network"),
        (&["93.184.216.34", "10.0.0.1"], "private network"),
        (&["169.254.169.254"], "credentials"),
        (&["::1"], "loopback"),
        (&["::ffff:127.0.0.1"], "IPv4-mapped"),
        (&["64:ff9b::7f00:1"], "NAT64"),
        (&["2002:7f00:1::"], "6to4"),
        (&["0.0.0.0"], "no address"),
        (&["fe80::1"], "local link"),
    ] {
        let lab = Lab::new(&["evil.example"], &[]);
        lab.liar.says("evil.example", &[answers]);
        let answer = lab.ask("GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        assert_eq!(answer.status(), 403, "{answers:?}");
        let why = answer.json()["why"].as_str().unwrap().to_owned();
        assert!(why.contains(class), "{answers:?}: {why}");
        assert!(matches!(lab.events.ended().stage, Stage::Denied(_)));
    }
}

#[test]
fn a_name_that_changes_its_mind_is_looked_up_once_and_checked_each_time() {
    let server = Server::hello();
    // The first answer passes the check; the second would be another machine.
    let lab = Lab::new(&[&format!("flip.example:{}", server.port())], &["127.0.0.1"]);
    let lab_open = Lab::new(
        &[&format!("flip.example:{}", server.port())],
        &[&format!("127.0.0.1:{}", server.port())],
    );
    let request = format!(
        "GET http://flip.example:{0}/ HTTP/1.1\r\nHost: flip.example:{0}\r\nConnection: close\r\n\r\n",
        server.port()
    );
    lab_open.liar.says("flip.example", &[&["127.0.0.1"], &["127.0.0.2"]]);
    assert_eq!(lab_open.ask(&request).status(), 200);
    assert_eq!(lab_open.liar.lookups.load(Ordering::SeqCst), 1);
    assert_eq!(lab_open.ask(&request).status(), 403);
    lab.liar.says("flip.example", &[&["127.0.0.1"]]);
    assert_eq!(lab.ask(&request).status(), 403);
    assert_eq!(server.connections(), 1);
}

#[test]
fn localhost_is_this_machine_whatever_the_resolver_says() {
    let server = Server::hello();
    let port = server.port();
    let lab = Lab::new(&[&format!("localhost:{port}")], &[&format!("127.0.0.1:{port}")]);
    lab.liar.says("localhost", &[&["93.184.216.34"]]);
    let answer =
        lab.ask(format!("GET http://localhost:{port}/ HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n"));
    assert_eq!(answer.status(), 200);
    let answer =
        lab.ask(format!("GET http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"));
    assert_eq!(answer.status(), 200);
    let answer =
        lab.ask(format!("GET http://[::1]:{port}/ HTTP/1.1\r\nHost: [::1]:{port}\r\n\r\n"));
    assert_eq!(answer.status(), 403);
    assert_eq!(lab.liar.lookups.load(Ordering::SeqCst), 0);
}

#[test]
fn what_cannot_be_recorded_does_not_happen() {
    let server = Server::hello();
    let lab =
        Lab::start(&[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default(), |_| {
            Err(Unrecorded)
        });
    assert_eq!(lab.get(&server, "/").status(), 503);
    assert_eq!(
        lab.ask("GET http://other.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n").status(),
        503
    );
    assert_eq!(lab.ask("nonsense\r\n\r\n").status(), 503);
    assert_eq!(lab.ask(format!("CONNECT {NAME}:{} HTTP/1.1\r\n\r\n", server.port())).status(), 503);
    assert_eq!((server.connections(), lab.liar.lookups.load(Ordering::SeqCst)), (0, 0));
}

#[test]
fn a_log_that_breaks_ends_the_connection() {
    let server = Server::hello();
    let broken = Arc::new(AtomicBool::new(false));
    let is_broken = Arc::clone(&broken);
    let judge = move |event: &aether_egress::EgressEvent| {
        let is_end = event.stage != Stage::Allowed;
        if is_end && is_broken.load(Ordering::SeqCst) { Err(Unrecorded) } else { Ok(()) }
    };
    let lab =
        Lab::start(&[&format!("{NAME}:{}", server.port())], &[NAME], Limits::default(), judge);
    let mut peer = lab.connect();
    peer.send(get(&server, "/"));
    assert_eq!(peer.answer(false).status(), 200);
    lab.events.ended();
    broken.store(true, Ordering::SeqCst);
    peer.send(get(&server, "/"));
    assert_eq!(peer.answer(false).status(), 200);
    assert!(peer.is_closed());
}

#[test]
fn new_rules_close_what_the_old_ones_opened() {
    let server = Server::hello();
    let pattern = format!("{NAME}:{}", server.port());
    let lab = Lab::to(&server);
    let mut peer = lab.connect();
    peer.send(get(&server, "/"));
    assert_eq!(peer.answer(false).status(), 200);
    let served = lab.served.as_ref().unwrap();
    served.replace_rules(Arc::new(rules(&["other.example"], &[])));
    assert!(peer.is_closed());
    assert_eq!(lab.get(&server, "/").status(), 403);
    served.replace_rules(Arc::new(rules(&[&pattern], &[NAME])));
    assert_eq!(lab.get(&server, "/").status(), 200);
}

#[test]
fn what_is_no_longer_served_is_closed_and_recorded() {
    let server = Server::raw(|peer| {
        peer.head();
        thread::sleep(PATIENCE);
    });
    let mut lab = Lab::to(&server);
    let mut busy = lab.connect();
    busy.send(get(&server, "/"));
    lab.events.wait_for(|event| event.stage == Stage::Allowed);
    let mut idle = lab.connect();
    lab.served.take().unwrap().close();
    assert!(busy.is_closed() && idle.is_closed());
    assert_eq!(lab.events.all().last().unwrap().stage, Stage::Failed(Failure::Closed));
    assert!(std::net::TcpStream::connect(lab.proxy).is_err());
    let lab = Lab::to(&server);
    let mut busy = lab.connect();
    busy.send(get(&server, "/"));
    lab.events.wait_for(|event| event.stage == Stage::Allowed);
    let (events, served) = (lab.events.clone(), lab.served);
    drop(lab.egress);
    assert!(busy.is_closed());
    assert_eq!(events.all().last().unwrap().stage, Stage::Failed(Failure::Closed));
    // After the gateway has ended there is nothing to wait for.
    served.unwrap().close();
}

#[test]
fn a_client_that_leaves_ends_its_request() {
    let server = Server::raw(|peer| {
        peer.head();
        assert!(peer.is_closed());
    });
    let lab = Lab::to(&server);
    let mut peer = lab.connect();
    peer.send(get(&server, "/"));
    lab.events.wait_for(|event| event.stage == Stage::Allowed);
    drop(peer);
    assert_eq!(lab.events.ended().stage, Stage::Failed(Failure::Client));
}

#[test]
fn connections_beyond_the_limit_wait() {
    let server = Server::hello();
    let limits = Limits { connections: 2, ..hasty() };
    let lab = Lab::to_with(&server, limits);
    let first = lab.connect();
    let second = lab.connect();
    let mut third = lab.connect();
    third.send(get(&server, "/"));
    thread::sleep(Duration::from_millis(50));
    assert!(lab.events.all().is_empty());
    drop((first, second));
    assert_eq!(third.answer(false).status(), 200);
}

#[test]
fn a_listener_that_nobody_connects_to_takes_no_room() {
    let server = Server::hello();
    let config = aether_egress::Config { connections: 1, ..aether_egress::Config::default() };
    let egress = aether_egress::Egress::start(config).unwrap();
    let serve = || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let client = aether_egress::Client {
            name: "other".into(),
            rules: Arc::new(rules(&[], &[&format!("127.0.0.1:{}", server.port())])),
            on_event: Arc::new(|_| Ok(())),
            limits: Limits::default(),
        };
        (address, egress.serve(listener, client).unwrap())
    };
    let all: Vec<_> = (0..3).map(|_| serve()).collect();
    let at = format!("127.0.0.1:{}", server.port());
    let ask = |address| {
        let mut peer = crate::lab::Peer::connect(address);
        peer.send(format!("GET http://{at}/ HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"));
        peer.answer(false).status()
    };
    for (address, _) in &all {
        assert_eq!(ask(*address), 200);
    }
}

#[test]
fn a_flood_is_slowed_not_refused() {
    let server = Server::hello();
    let lab =
        Lab::to_with(&server, Limits { requests_per_second: 50, burst: 2, ..Limits::default() });
    let began = std::time::Instant::now();
    let mut peer = lab.connect();
    for _ in 0..12 {
        peer.send(get(&server, "/"));
        assert_eq!(peer.answer(false).status(), 200);
    }
    assert!(began.elapsed() >= Duration::from_millis(180));
}

#[cfg(unix)]
#[test]
fn a_socket_with_a_path_is_served_too() {
    use std::io::{Read, Write};
    use std::os::unix::net::{UnixListener, UnixStream};
    let server = Server::hello();
    let lab = Lab::to(&server);
    let path = std::env::temp_dir().join(format!("aether-egress-{}.sock", std::process::id()));
    let _absent = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).unwrap();
    let client = aether_egress::Client {
        name: "other".into(),
        rules: Arc::new(rules(&[&format!("{NAME}:{}", server.port())], &[NAME])),
        on_event: Arc::new(|_| Ok(())),
        limits: Limits::default(),
    };
    let served = lab.egress.serve(listener, client).unwrap();
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = get(&server, "/").replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
    served.close();
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn curl_as_a_client() {
    let Some(curl) = which("curl") else {
        eprintln!("skipped: there is no curl");
        return;
    };
    let server = Server::answering(|request| {
        let said = format!("{} {}", request.head.split(' ').next().unwrap(), request.body.len());
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{said}", said.len()).into_bytes()
    });
    let lab = Lab::to(&server);
    let run = |arguments: &[&str]| {
        let output = Command::new(&curl)
            .args(["-sS", "-m", "10", "-x", &format!("http://{}", lab.proxy)])
            .args(arguments)
            .env_clear()
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
            + &String::from_utf8_lossy(&output.stderr)
    };
    let url = format!("http://{NAME}:{}/x", server.port());
    assert_eq!(run(&[&url]), "GET 0");
    assert_eq!(run(&["-d", &"x".repeat(2_000), &url]), "POST 2000");
    assert_eq!(run(&["-d", "abc", "-H", "Transfer-Encoding: chunked", &url]), "POST 3");
    assert_eq!(run(&["-d", "abc", "-H", "Expect: 100-continue", &url]), "POST 3");
    assert_eq!(run(&[&url, &url]), "GET 0GET 0");
    assert!(run(&["-I", &url]).starts_with("HTTP/1.1 200 OK"));
    assert!(run(&["http://other.example/"]).contains("\"deliberate\":true"));
    assert!(run(&["--http2", &url]).contains("change the protocol"));
    assert!(run(&["https://other.example/"]).contains("403"));
}

pub(crate) fn which(program: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
