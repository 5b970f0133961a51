//! Verifying and reading a log of any bytes.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let found = aether_audit::verify(data).expect("a slice is always readable");
    drop(found.sentence());
    for record in aether_audit::Records::new(data).take(1000) {
        if record.is_err() {
            break;
        }
    }
});
