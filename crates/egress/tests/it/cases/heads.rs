//! Requests whose end, host or line two readers could read in two ways.

use super::{Bytes, Denied, Group, Passed, Refused};

const BOTH: &str = "both";
const MORE: &str = "more than one";
const NO_NUMBER: &str = "not a number";
const CODING: &str = "other than `chunked`";
const NAME: &str = "proper name";
const END: &str = "CR and LF";
const CONTROL: &str = "control character";
const LINE: &str = "malformed";
const VERSION: &str = "version";
const ALIKE: &str = "passes for one";

/// A POST with these fields, and a second request in what some take for its body.
macro_rules! post {
    ($fields:expr) => {
        Bytes(concat!(
            "POST {s}/ HTTP/1.1\r\nHost: {a}\r\n",
            $fields,
            "\r\n\r\n0\r\n\r\nGET {s}/hidden HTTP/1.1\r\nHost: {a}\r\n\r\n"
        ))
    };
}

/// A request with this first line and these fields.
macro_rules! head {
    ($line:expr, $fields:expr) => {
        Bytes(concat!($line, "\r\n", $fields, "\r\n\r\n"))
    };
    ($line:expr) => {
        head!($line, "Host: {a}")
    };
}

pub(super) const GROUPS: &[Group] = &[
    Group {
        name: "how long a body is",
        rules: &["POST {a}/"],
        private: &["api.test.example"],
        names: &[],
        cases: &[
            (post!("Content-Length: 5\r\nTransfer-Encoding: chunked"), Refused, BOTH),
            (post!("Transfer-Encoding: chunked\r\nContent-Length: 5"), Refused, BOTH),
            (post!("Content-Length: 0\r\nTRANSFER-ENCODING: chunked"), Refused, BOTH),
            (post!("Content-Length: 5\r\nContent-Length: 5"), Refused, MORE),
            (post!("Content-Length: 0\r\nContent-Length: 60"), Refused, MORE),
            (post!("Content-Length: 0\r\ncontent-length: 60"), Refused, MORE),
            (post!("Content-Length: 0, 60"), Refused, NO_NUMBER),
            (post!("Content-Length: +5"), Refused, NO_NUMBER),
            (post!("Content-Length: -5"), Refused, NO_NUMBER),
            (post!("Content-Length: 0x5"), Refused, NO_NUMBER),
            (post!("Content-Length: 5e0"), Refused, NO_NUMBER),
            (post!("Content-Length: 5 6"), Refused, NO_NUMBER),
            (post!("Content-Length:"), Refused, NO_NUMBER),
            (post!("Content-Length: ٥"), Refused, NO_NUMBER),
            (post!("Content-Length: 18446744073709551616"), Refused, NO_NUMBER),
            (post!("Transfer-Encoding: identity"), Refused, CODING),
            (post!("Transfer-Encoding: gzip, chunked"), Refused, CODING),
            (post!("Transfer-Encoding: chunked, identity"), Refused, CODING),
            (post!("Transfer-Encoding: chunked, chunked"), Refused, CODING),
            (post!("Transfer-Encoding: chunked\r\nTransfer-Encoding: x"), Refused, CODING),
            (post!("Transfer-Encoding: xchunked"), Refused, CODING),
            (post!("Transfer-Encoding: \"chunked\""), Refused, CODING),
            (post!("Transfer-Encoding: chunked;x"), Refused, CODING),
            (post!("Transfer-Encoding:"), Refused, CODING),
            (post!("Transfer-Encoding: ,chunked"), Refused, CODING),
            (post!("Transfer-Encoding: \u{b}chunked"), Refused, CONTROL),
            (post!("Transfer-Encoding: chunked\0"), Refused, CONTROL),
            (post!("Transfer_Encoding: chunked"), Refused, ALIKE),
            (post!("Content_Length: 5"), Refused, ALIKE),
            (post!("Transfer-Encoding : chunked"), Refused, NAME),
            (post!("Content-Length\t: 5"), Refused, NAME),
            (post!("Content-Length\u{a0}: 5"), Refused, NAME),
            (post!("\u{feff}Content-Length: 5"), Refused, NAME),
            (post!(": chunked"), Refused, NAME),
            (post!("no colon"), Refused, NAME),
            (post!("X: y\r\n Transfer-Encoding: chunked"), Refused, "folded"),
            (post!("X: y\r\n\tContent-Length: 5"), Refused, "folded"),
            (post!("Transfer-Encoding:\r\n chunked"), Refused, "folded"),
            (post!("X: y\nTransfer-Encoding: chunked"), Refused, END),
            (post!("X: y\rTransfer-Encoding: chunked"), Refused, END),
            (post!("X: y\r\r\nTransfer-Encoding: chunked"), Refused, END),
            (head!("POST {s}/ HTTP/1.0", "Transfer-Encoding: chunked"), Refused, "HTTP/1.0"),
            (post!("Transfer-Encoding: chunked"), Passed, "POST /"),
            (post!("Content-Length: 5"), Passed, "POST /"),
            (post!("Content-Length: 0"), Passed, "POST /"),
        ],
    },
    Group {
        name: "where a request goes",
        rules: &["{a}"],
        private: &["api.test.example"],
        names: &[],
        cases: &[
            (head!("GET {s}/ HTTP/1.1"), Passed, "GET /"),
            (head!("GET {s}/ HTTP/1.0", "X: y"), Passed, "GET /"),
            (head!("GET {s}/ HTTP/1.1", "X: y"), Refused, "no `Host`"),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}\r\nHost: {a}"), Refused, MORE),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}\r\nHOST: evil.example"), Refused, MORE),
            (head!("GET {s}/ HTTP/1.1", "Host: evil.example"), Refused, "not the host"),
            (head!("GET {s}/ HTTP/1.1", "Host: api.test.example"), Refused, "not the host"),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}, evil.example"), Refused, "port"),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}@evil.example"), Refused, "user name"),
            (head!("GET {s}/ HTTP/1.1", "Host:"), Refused, "empty"),
            (head!("GET {s}/ HTTP/1.1", "Host : {a}"), Refused, NAME),
            (head!("GET {s}/ HTTP/1.1", "H_ost: x\r\nHost: {a}"), Passed, "GET /"),
            (head!("GET {s}/ HTTP/1.1", " Host: {a}"), Refused, "folded"),
            (head!("GET / HTTP/1.1"), Refused, "whole address"),
            (head!("OPTIONS * HTTP/1.1"), Refused, "whole address"),
            (head!("GET //{a}/ HTTP/1.1"), Refused, "whole address"),
            (head!("GET http:/{a}/ HTTP/1.1"), Refused, "http://"),
            (head!("GET HTTP://{a}/ HTTP/1.1"), Passed, "GET /"),
            (head!("GET  {s}/ HTTP/1.1"), Refused, LINE),
            (head!("GET {s}/ HTTP/1.1 "), Refused, LINE),
            (head!(" GET {s}/ HTTP/1.1"), Refused, LINE),
            (head!("GET {s}/ x HTTP/1.1"), Refused, LINE),
            (head!("GET\t{s}/\tHTTP/1.1"), Refused, LINE),
            (head!("GET {s}/"), Refused, LINE),
            (head!("GET {s}/ HTTP/0.9"), Refused, VERSION),
            (head!("GET {s}/ HTTP/2.0"), Refused, VERSION),
            (head!("GET {s}/ http/1.1"), Refused, VERSION),
            (head!("GET {s}/ HTTP/1.1x"), Refused, VERSION),
            (Bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), Refused, VERSION),
            (head!("get {s}/ HTTP/1.1"), Refused, "no method"),
            (head!("TRACE {s}/ HTTP/1.1"), Refused, "no method"),
            (head!("PROPFIND {s}/ HTTP/1.1"), Refused, "no method"),
            (head!("GET\0 {s}/ HTTP/1.1"), Refused, CONTROL),
            (Bytes("\r\nGET {s}/ HTTP/1.1\r\nHost: {a}\r\n\r\n"), Refused, LINE),
            (Bytes("GET {s}/ HTTP/1.1\nHost: {a}\n\n"), Refused, END),
            (Bytes("\x16\x03\x01\x02\0"), Refused, CONTROL),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}\r\nUpgrade: h2c"), Refused, "protocol"),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}\r\nExpect: x"), Refused, "expects"),
            (head!("GET {s}/ HTTP/1.1", "Host: {a}\r\nX: a\0b"), Refused, CONTROL),
            (head!("CONNECT {a} HTTP/1.1", "Host: {a}\r\nContent-Length: 3"), Refused, "body"),
            (head!("CONNECT {a}/x HTTP/1.1"), Refused, "port"),
            (head!("CONNECT api.test.example HTTP/1.1"), Refused, "port"),
            (head!("CONNECT {s}/ HTTP/1.1"), Refused, "port"),
            (head!("CONNECT x@{a} HTTP/1.1"), Refused, "user name"),
            (head!("CONNECT evil.example:{p} HTTP/1.1"), Refused, "not the host"),
            (head!("CONNECT 127.0.0.2:{p} HTTP/1.1", "X: y"), Denied, "given as an address"),
        ],
    },
];
