//! A run record of any bytes is refused or rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(record) = aether_report::parse(text) {
        drop(aether_report::html(&record));
        drop(aether_report::sarif(&record));
        drop(aether_report::text(&record, 80, true));
        drop(aether_report::mermaid(&record));
        drop(aether_report::trace(&record));
    }
});
