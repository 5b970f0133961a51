//! The scan of JavaScript never fails, whatever the text.
#![no_main]

use aether_source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(source) = Source::from_bytes("main.js", data.to_vec()) else { return };
    for problem in aether_policy::scan::scan(&source).diagnostics {
        drop(problem.to_string());
    }
});
