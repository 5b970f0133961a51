//! The heads of requests and answers: one end, one meaning, and what is sent on means the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // As it is, and as the rest of a head, so that fields are reached soon.
    aether_egress::fuzzing::head(data);
    for line in ["POST http://a.example/ HTTP/1.1\r\nHost: a.example\r\n", "HTTP/1.1 200 OK\r\n"] {
        aether_egress::fuzzing::head(&[line.as_bytes(), data, b"\r\n\r\n"].concat());
    }
});
