//! A line is a message or is refused; what is accepted is no deeper than the cap.
#![no_main]

use aether_protocol::{Message, strict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(message) = Message::parse(data) {
        let inner = match message {
            Message::Request { params, .. } | Message::Notification { params, .. } => params,
            Message::Response { outcome: Ok(result), .. } => result,
            Message::Response { .. } => return,
        };
        assert!(strict::check_depth(inner.as_bytes()).is_ok());
    }
});
