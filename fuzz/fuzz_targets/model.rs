//! A saved model, and the kernel's text on pressure, of any bytes.
#![no_main]

use aether_monitor::pressure::Stall;
use aether_monitor::{Follower, Model};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(model) = Model::read(data, "b3:0") {
        let mut follower = Follower::default();
        for word in ["read /etc", "egress example.com", "read /etc", ""] {
            drop(follower.follow(&model, word));
        }
        let again = model.write().expect("what was read can be written");
        assert!(Model::read(&again, "b3:0").is_ok());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Stall::read(text);
    }
});
