//! Requests that two readers could read in two ways.

use crate::lab::{Lab, NAME, Server};

/// Sends the bytes, with `@` for the server's name and port, and expects a refusal with nothing sent on.
fn check(bytes: &str, status: u16, part: &str) {
    let server = Server::hello();
    let lab = Lab::to(&server);
    let bytes = bytes.replace('@', &format!("{NAME}:{}", server.port()));
    let mut peer = lab.connect();
    peer.send(&bytes);
    let answer = peer.answer(false);
    assert_eq!(answer.status(), status, "{bytes:?}: {answer:?}");
    let why = answer.json()["why"].as_str().unwrap().to_owned();
    assert!(why.contains(part), "{bytes:?}: {why}");
    assert!(peer.is_closed(), "{bytes:?}");
    assert_eq!(server.requests(), [], "{bytes:?}");
    assert_eq!(server.connections(), 0, "{bytes:?}");
}

#[test]
fn lengths() {
    let post = |fields: &str| format!("POST http://@/ HTTP/1.1\r\nHost: @\r\n{fields}\r\n\r\n");
    for (fields, part) in [
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", "both"),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", "both"),
        ("Content-Length: 0\r\ntransfer-encoding: chunked", "both"),
        ("Content-Length: 5\r\nContent-Length: 5", "more than one"),
        ("Content-Length: 5\r\nContent-Length: 6", "more than one"),
        ("Content-Length: 0\r\ncontent-length: 44", "more than one"),
        ("Content-Length: 5, 5", "not a number"),
        ("Content-Length: 5,6", "not a number"),
        ("Content-Length: +5", "not a number"),
        ("Content-Length: -5", "not a number"),
        ("Content-Length: 0x5", "not a number"),
        ("Content-Length: 5 5", "not a number"),
        ("Content-Length: 5.0", "not a number"),
        ("Content-Length: 5e1", "not a number"),
        ("Content-Length:", "not a number"),
        ("Content-Length: \u{665}", "not a number"),
        ("Content-Length: 99999999999999999999999", "not a number"),
        ("Transfer-Encoding: identity", "other than `chunked`"),
        ("Transfer-Encoding: gzip, chunked", "other than `chunked`"),
        ("Transfer-Encoding: chunked, identity", "other than `chunked`"),
        ("Transfer-Encoding: chunked, chunked", "other than `chunked`"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "other than `chunked`"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "other than `chunked`"),
        ("Transfer-Encoding: xchunked", "other than `chunked`"),
        ("Transfer-Encoding: \"chunked\"", "other than `chunked`"),
        ("Transfer-Encoding: chunked;q=1", "other than `chunked`"),
        ("Transfer-Encoding:", "other than `chunked`"),
        ("Transfer-Encoding: \x0bchunked", "control character"),
        ("Transfer_Encoding: chunked", "passes for"),
        ("Content_Length: 5", "passes for"),
        ("CONTENT_LENGTH: 5", "passes for"),
        ("Transfer-Encoding : chunked", "proper name"),
        ("Content-Length : 5", "proper name"),
        ("Content-Length\t: 5", "proper name"),
        ("\u{a0}Content-Length: 5", "proper name"),
        ("Content-Length\u{a0}: 5", "proper name"),
        ("X: y\r\n Content-Length: 5", "folded"),
        ("X: y\r\n\tTransfer-Encoding: chunked", "folded"),
        ("Transfer-Encoding:\r\n chunked", "folded"),
        ("X: y\nTransfer-Encoding: chunked", "CR and LF"),
        ("X: y\rTransfer-Encoding: chunked", "CR and LF"),
        ("X: y\r\r\nTransfer-Encoding: chunked", "CR and LF"),
        ("X: \0\r\nTransfer-Encoding: chunked", "control character"),
        (": y", "proper name"),
        ("no colon", "proper name"),
        ("X(y): z", "proper name"),
        ("X y: z", "proper name"),
    ] {
        check(&post(fields), 400, part);
    }
    check("POST http://@/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0");
}

#[test]
fn hosts() {
    let get = |fields: &str| format!("GET http://@/ HTTP/1.1\r\n{fields}\r\n\r\n");
    check("GET http://@/ HTTP/1.1\r\n\r\n", 400, "no `Host`");
    check(&get("Host: @\r\nHost: @"), 400, "more than one `Host`");
    check(&get("Host: @\r\nhost: evil.org"), 400, "more than one `Host`");
    check(&get("Host: evil.org"), 400, "not the host");
    check(&get(&format!("Host: {NAME}")), 400, "not the host");
    check(&get("Host: @.evil.org"), 400, "port");
    check(&get("Host: evil.org@"), 400, "not the host");
    check(&get("Host: x\u{40}@").replace("x@", "x\u{1}"), 400, "control");
    check(&get("Host:"), 400, "empty");
    check(&get("Host: @, @"), 400, "");
    check(&get("Host: a b"), 400, "");
    check(&get("Host: [::1"), 400, "IPv6");
}

#[test]
fn first_lines() {
    let line = |line: &str| format!("{line}\r\nHost: @\r\n\r\n");
    check(&line("GET / HTTP/1.1"), 400, "whole address");
    check(&line("OPTIONS * HTTP/1.1"), 400, "whole address");
    check(&line("GET  http://@/ HTTP/1.1"), 400, "malformed");
    check(&line("GET http://@/ HTTP/1.1 "), 400, "malformed");
    check(&line(" GET http://@/ HTTP/1.1"), 400, "malformed");
    check(&line("GET http://@/ x HTTP/1.1"), 400, "malformed");
    check(&line("GET\thttp://@/\tHTTP/1.1"), 400, "malformed");
    check(&line("GET http://@/"), 400, "malformed");
    check(&line("GET http://@/ HTTP/0.9"), 505, "version");
    check(&line("GET http://@/ HTTP/1.2"), 505, "version");
    check(&line("GET http://@/ HTTP/2.0"), 505, "version");
    check(&line("GET http://@/ http/1.1"), 505, "version");
    check(&line("GET http://@/ HTTP/1.1\u{a0}"), 505, "version");
    check("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version");
    check(&line("get http://@/ HTTP/1.1"), 403, "no method");
    check(&line("TRACE http://@/ HTTP/1.1"), 403, "no method");
    check(&line("PROPFIND http://@/ HTTP/1.1"), 403, "no method");
    check(&line("GET https://@/ HTTP/1.1"), 400, "tunnel");
    check(&line("GET ftp://@/ HTTP/1.1"), 400, "begin with");
    check(&line("GET file:///etc/passwd HTTP/1.1"), 400, "begin with");
    check(
        &line("GET http://user:pass\u{40}x/ HTTP/1.1").replace(&format!("pass{NAME}"), "pass"),
        400,
        "",
    );
    check(&line("GET http://@\\x/ HTTP/1.1"), 400, "port");
    check(&line("GET http://@/\\x HTTP/1.1"), 400, "backslash");
    check(&line("GET http://@/#x HTTP/1.1"), 400, "`#`");
    check(&line("GET http://@/%00 HTTP/1.1"), 400, "NUL");
    check(&line("GET http://@/%zz HTTP/1.1"), 400, "two hexadecimal");
    check(&line("GET http://@/é HTTP/1.1"), 400, "`é`");
    check("\r\nGET http://@/ HTTP/1.1\r\nHost: @\r\n\r\n", 400, "malformed");
    check("\nGET http://@/ HTTP/1.1\r\nHost: @\r\n\r\n", 400, "CR and LF");
    check("GET http://@/ HTTP/1.1\nHost: @\n\n", 400, "CR and LF");
    check("\x16\x03\x01\x02\x00", 400, "control character");
    check(&line(&format!("GET http://@/{} HTTP/1.1", "x".repeat(9000))), 400, "longer than");
    check(&line(&format!("GET http://@/{} HTTP/1.1", "x".repeat(12000))), 414, "longer than");
}

#[test]
fn other_protocols() {
    let fields = |fields: &str| format!("GET http://@/ HTTP/1.1\r\nHost: @\r\n{fields}\r\n\r\n");
    check(&fields("Upgrade: h2c"), 403, "change the protocol");
    check(&fields("Upgrade: h2c, websocket"), 403, "change the protocol");
    check(&fields("Upgrade: websocket\r\nUpgrade: websocket"), 403, "change the protocol");
    check(&fields("Connection: upgrade\r\nUpgrade: websocket"), 400, "Version");
    check(&fields("Expect: something"), 417, "expects");
    check(&fields("Expect: 100-continue, x"), 417, "expects");
}

#[test]
fn heads_without_end() {
    let server = Server::hello();
    for head in [
        format!("GET http://x/ HTTP/1.1\r\nA: {}", "x".repeat(10 << 20)),
        format!("GET http://x/ HTTP/1.1\r\n{}", "A: b\r\n".repeat(1 << 20)),
        "x".repeat(10 << 20),
    ] {
        let lab = Lab::to(&server);
        assert_eq!(lab.ask(head).status(), 431);
    }
    check(
        &format!("GET http://@/ HTTP/1.1\r\nHost: @\r\n{}\r\n", "A: b\r\n".repeat(200)),
        431,
        "fields",
    );
}

#[test]
fn chunks() {
    use aether_egress::{ChunkError, Failure, Stage};
    for (body, failure) in [
        ("x\r\n", ChunkError::Size),
        ("-1\r\n", ChunkError::Size),
        ("+1\r\n", ChunkError::Size),
        ("0x1\r\n", ChunkError::Size),
        ("1;ext\r\n", ChunkError::Size),
        ("1 \r\n", ChunkError::Size),
        (" 1\r\n", ChunkError::Size),
        ("1\n", ChunkError::Size),
        ("\r\n1\r\n", ChunkError::Size),
        ("1\rx", ChunkError::Size),
        ("10000000000000000\r\n", ChunkError::Size),
        ("1\r\nxy\r\n", ChunkError::End),
        ("1\r\nx\n0\r\n\r\n", ChunkError::End),
        ("1\r\nx0\r\n\r\n", ChunkError::End),
        ("0\r\nA: b\nC: d\r\n\r\n", ChunkError::Trailer),
        ("0\r\n\tA: b\r\n\r\n", ChunkError::Trailer),
        ("0\r\nA\0: b\r\n\r\n", ChunkError::Trailer),
    ] {
        let server = Server::raw(|peer| drop(peer.rest()));
        let lab = Lab::to(&server);
        let at = format!("{NAME}:{}", server.port());
        let answer = lab.ask(format!(
            "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n{body}"
        ));
        assert_eq!(answer.status(), 400, "{body:?}");
        assert_eq!(
            lab.events.ended().stage,
            Stage::Failed(Failure::RequestBody(failure)),
            "{body:?}"
        );
    }
    let trailer = format!("0\r\nA: {}", "x".repeat(20_000));
    let server = Server::raw(|peer| drop(peer.rest()));
    let lab = Lab::to(&server);
    let at = format!("{NAME}:{}", server.port());
    let head =
        format!("POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n");
    assert_eq!(lab.ask(head + &trailer).status(), 400);
}

/// What follows a body is a request of its own, decided on like any other.
#[test]
fn a_second_request_behind_a_body() {
    let server = Server::hello();
    let lab = Lab::to(&server);
    let at = format!("{NAME}:{}", server.port());
    let hidden = "GET http://secret.example/ HTTP/1.1\r\nHost: secret.example\r\n\r\n";
    let mut peer = lab.connect();
    peer.send(format!(
        "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
    ));
    assert_eq!(peer.answer(false).status(), 200);
    assert_eq!(peer.answer(false).status(), 403);
    peer.send(format!(
        "POST http://{at}/ HTTP/1.1\r\nHost: {at}\r\nContent-Length: {}\r\n\r\n{hidden}",
        hidden.len()
    ));
    assert_eq!(peer.answer(false).status(), 200);
    let sent = server.requests();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].body, hidden.as_bytes());
}
