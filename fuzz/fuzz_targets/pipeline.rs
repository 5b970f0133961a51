//! A pipeline is read or every problem has a place.
#![no_main]

use aether_source::Source;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(source) = Source::from_bytes("pipeline.yaml", data.to_vec()) else { return };
    if let Err(problems) = aether_pipeline::parse(source) {
        assert!(!problems.is_empty());
        problems.iter().for_each(|problem| drop(problem.to_string()));
    }
});
