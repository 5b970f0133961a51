//! Whatever is sent, the door answers as it may, or hangs up, and stays.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::LazyLock;

use aether_devtools::Event;
use proptest::prelude::*;

use crate::client::{Answer, Opened};

/// What heads are made of, some of it hostile.
const PIECES: &[&str] = &[
    "GET ",
    "POST ",
    "/json",
    "/json/list",
    "/",
    "?",
    " HTTP/1.1",
    " HTTP/1.0",
    "\r\n",
    "\n",
    "\r",
    "Host: localhost",
    "Host: evil.example",
    "Origin: null",
    "Origin: devtools://devtools",
    ": ",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    ",",
    "\0",
    " ",
    "é",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "0123456789abcdef0123456789abcdef",
    "\t",
];

fn heads() -> impl Strategy<Value = Vec<u8>> {
    let pieces = prop::collection::vec(prop::sample::select(PIECES), 0..40);
    let made = pieces.prop_map(|pieces| format!("{}\r\n\r\n", pieces.concat()).into_bytes());
    prop_oneof![made, prop::collection::vec(any::<u8>(), 0..9000)]
}

/// What comes back for these bytes, until the door hangs up.
fn back(opened: &Opened, bytes: &[u8]) -> Vec<u8> {
    let mut stream = opened.connect();
    // A door that has heard enough does not read all of it.
    drop(stream.write_all(bytes));
    drop(stream.shutdown(Shutdown::Write));
    let mut back = Vec::new();
    drop(stream.read_to_end(&mut back));
    back
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_head_is_answered_or_hung_up_on(bytes in heads()) {
        static OPENED: LazyLock<std::sync::Mutex<Opened>> = LazyLock::new(|| Opened::new().into());
        let opened = OPENED.lock().unwrap();
        let back = String::from_utf8(back(&opened, &bytes)).expect("text");
        let known = ["200", "400", "403", "404", "426", "431"];
        let status = back.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
        prop_assert!(back.is_empty() || status.is_some_and(|code| known.contains(&code)), "{}", back);
        prop_assert!(opened.is_silent(), "nobody attaches without the token");
        prop_assert_eq!(opened.get("/json/version").status, 200);
    }

    #[test]
    fn any_bytes_of_a_debugger_are_heard_or_end_it(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        begins_well in any::<bool>(),
    ) {
        static OPENED: LazyLock<std::sync::Mutex<Opened>> = LazyLock::new(|| Opened::new().into());
        let opened = OPENED.lock().unwrap();
        let mut stream = opened.attach().into_inner();
        let well: &[u8] = if begins_well { b"\x81\x85\0\0\0\0hello" } else { b"" };
        drop(stream.write_all(&[well, &bytes].concat()));
        drop(stream.shutdown(Shutdown::Write));
        drop(stream.read_to_end(&mut Vec::new()));
        let mut heard = Vec::new();
        while let Event::Message(message) = opened.event() {
            heard.push(message);
        }
        prop_assert!(!begins_well || heard[0] == "hello");
        prop_assert!(opened.is_silent());
        let mut stream = opened.connect();
        stream.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("a reader");
        prop_assert_eq!(Answer::read(&mut stream).status, 200);
    }
}
