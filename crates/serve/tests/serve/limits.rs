//! Requests that are too large, too slow, or none.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::time::{Duration, Instant};

use aether_serve::Settings;

use crate::client::{Answer, Served, tests};

tests![
    what_there_is_not_is_told,
    a_body_that_is_no_order_is_refused,
    a_body_that_is_too_large_is_not_read,
    a_head_that_is_too_large_is_not_read,
    whoever_is_slow_is_hung_up_on,
    no_more_connections_than_there_may_be,
    what_is_no_request_ends_the_connection,
];

fn what_there_is_not_is_told() {
    let served = Served::new();
    let check = |method: &str, path: &str, status: u16, code: &str| {
        let answer = served.answer(method, path, "");
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}");
    };
    check("GET", "/v1/nothing", 404, "no-route");
    check("GET", "/../etc/passwd", 404, "no-route");
    check("DELETE", "/v1/plugins", 405, "other-method");
    check("POST", "/v1/cells/1/stop", 404, "no-cell");
    check("POST", "/v1/cells/1/freeze", 404, "no-cell");
    check("GET", "/v1/cells/1", 404, "no-cell");
    check("POST", "/v1/plugins/nobody/start", 404, "no-plugin");
    check("GET", "/v1/host?a=b", 400, "no-query");
    assert!(served.answer("PUT", "/v1/host", "").head.contains("\r\nallow: get\r\n"));
}

fn a_body_that_is_no_order_is_refused() {
    let served = Served::new();
    let check = |path: &str, body: &str, status: u16, code: &str| {
        let answer = served.answer("POST", path, body);
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
    };
    check("/v1/plugins", "{", 400, "no-json");
    check("/v1/plugins", "{\"folder\":\"a\",\"folder\":\"b\"}", 400, "no-json");
    check("/v1/plugins", "[]", 400, "misfit");
    check("/v1/plugins", "", 400, "no-json");
    check("/v1/plugins", "{\"folder\":\"a\",\"yes\":1}", 400, "misfit");
    check("/v1/plugins", "{\"folder\":\"/nowhere/at/all\"}", 422, "unusable");
    check("/v1/plugins/x/start", "{\"memory\":1}", 400, "misfit");
    check("/v1/cells/1/kill", "true", 400, "misfit");
    check("/v1/cells/1/call", "{\"method\":\"m\"}", 404, "no-cell");
    let with_body = served.answer("GET", "/v1/host", "{}");
    assert_eq!((with_body.status, with_body.code().as_str()), (400, "no-body"));
}

fn a_body_that_is_too_large_is_not_read() {
    let served = Served::with(|settings| Settings { body: 1000, ..settings });
    let large = format!("{{\"folder\":\"{}\"}}", "x".repeat(2000));
    let answer = served.answer("POST", "/v1/plugins", &large);
    assert_eq!((answer.status, answer.code().as_str()), (413, "too-large"));
    // Said to be large, and never sent.
    let head = |length: &str| {
        format!(
            "POST /v1/plugins HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{length}\r\n\r\n",
            served.address, served.token
        )
    };
    let begun = Instant::now();
    let answer = served.raw(head("Content-Length: 99999999999").as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (413, "too-large"));
    // In pieces, of which nobody knows how many there will be.
    let mut chunked = head("Transfer-Encoding: chunked");
    (0..30).for_each(|_| chunked += &format!("64\r\n{}\r\n", "x".repeat(100)));
    let answer = served.raw(chunked.as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (411, "no-length"));
    assert!(begun.elapsed() < Duration::from_secs(10), "nobody waited for it");
    assert_eq!(served.get("/v1/host").0, 200);
}

fn a_head_that_is_too_large_is_not_read() {
    let served = Served::new();
    let long = format!("X-Long: {}", "x".repeat(64 << 10));
    let many: Vec<String> = (0..200).map(|number| format!("X-{number}: y")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for fields in [vec![long.as_str()], many] {
        let answer = served.said("GET", "/v1/host", &fields, "");
        assert_eq!(answer.status, 431, "{answer:?}");
    }
    let path = format!("/{}", "x".repeat(64 << 10));
    let answer = served.said("GET", &path, &[], "");
    assert!(matches!(answer.status, 414 | 431), "{answer:?}");
    assert_eq!(served.get("/v1/host").0, 200);
}

fn whoever_is_slow_is_hung_up_on() {
    let served = Served::new();
    let begun = Instant::now();
    // One says nothing, one a letter now and then, one has asked before and goes on to say nothing.
    let mut silent = served.connect();
    let mut idle = served.connect();
    let ask = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", served.address);
    idle.write_all(ask.as_bytes()).expect("a reader");
    let mut slow = served.connect();
    let mut letters = ask.bytes().cycle();
    while begun.elapsed() < Duration::from_secs(14) {
        let letter = letters.next().filter(|letter| *letter != b'\n').unwrap_or(b'x');
        if slow.write_all(&[letter]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(500));
    }
    for stream in [&mut silent, &mut slow, &mut idle] {
        let mut rest = Vec::new();
        // Closed, or reset since it was written to after that.
        drop(stream.read_to_end(&mut rest));
    }
    let took = begun.elapsed();
    assert!(took > Duration::from_secs(9) && took < Duration::from_secs(25), "{took:?}");
    assert_eq!(served.get("/v1/host").0, 200);
}

fn no_more_connections_than_there_may_be() {
    let served = Served::new();
    let held: Vec<_> = (0..64).map(|_| served.connect()).collect();
    // They are taken one after the other.
    let until = Instant::now() + Duration::from_secs(5);
    let mut answer = Answer::read(&mut served.connect());
    while answer.status != 503 && Instant::now() < until {
        answer = Answer::read(&mut served.connect());
    }
    assert_eq!((answer.status, answer.code().as_str()), (503, "busy"));
    drop(held);
    let until = Instant::now() + Duration::from_secs(5);
    while served.answer("GET", "/v1/host", "").status != 200 {
        assert!(Instant::now() < until, "there is room again");
    }
}

fn what_is_no_request_ends_the_connection() {
    let served = Served::new();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"\r\n\r\n\0\r\n\r\n",
    ] {
        let mut stream = served.connect();
        stream.write_all(bytes).expect("a reader");
        stream.shutdown(Shutdown::Write).expect("a stream");
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest));
        let rest = String::from_utf8_lossy(&rest);
        assert!(
            rest.is_empty() || rest.starts_with("HTTP/1.1 4") || rest.starts_with("HTTP/1.1 5"),
            "{rest}"
        );
    }
    // Two ways to tell where a request ends.
    let cell = served.start("p", "export default () => 1;");
    for fields in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
    ] {
        let both = format!(
            "POST /v1/cells/{cell}/throttle HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n{fields}\r\n\r\n0\r\n\r\nGET /v1/host HTTP/1.1\r\n\r\n",
            served.address, served.token
        );
        let answer = served.raw(both.as_bytes());
        assert_eq!((answer.status, answer.code().as_str()), (411, "no-length"), "{answer:?}");
        assert!(!answer.body.contains("HTTP/1.1"), "{answer:?}");
    }
    assert_eq!(served.get("/v1/host").0, 200);
}
