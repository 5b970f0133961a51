//! What the strangers of other protocols say.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use crate::client::Opened;

#[test]
fn what_is_no_request_ends_the_connection() {
    let opened = Opened::new();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"GET /json\r\n\r\n",
        b"\r\n\r\n\0\r\n\r\n",
        b"GET /json HTTP/1.1\nHost: localhost\n\n",
        b"GET /json HTTP/1.1\r\nHost: localhost\r\n folded\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"",
    ] {
        let mut stream = opened.connect();
        stream.write_all(bytes).expect("a reader");
        stream.shutdown(Shutdown::Write).expect("a stream");
        let mut rest = Vec::new();
        drop(stream.read_to_end(&mut rest));
        let rest = String::from_utf8_lossy(&rest);
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400 "), "{rest}");
    }
    assert_eq!(opened.get("/json").status, 200);
}

#[test]
fn one_request_is_answered_and_no_second_one() {
    let opened = Opened::new();
    let ask = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n";
    let answer =
        opened.raw(format!("{ask}GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes());
    assert_eq!(answer.status, 404);
    assert!(!answer.body.contains("HTTP/1.1"), "{answer:?}");
}
