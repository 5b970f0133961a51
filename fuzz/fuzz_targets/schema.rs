//! A declared schema is compiled or every problem has a place, and a check ends with a short answer.
#![no_main]

use aether_schema::limits::{MISMATCH_BYTES, MISMATCHES};
use aether_schema::{Unfit, compile};
use aether_source::Source;
use libfuzzer_sys::fuzz_target;

// The schema, a line break, and the value.
fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (schema, value) = text.split_once('\n').unwrap_or((text, "[]"));
    let source = Source::new("aether-plugin.json", schema);
    let Ok(node) = aether_source::json(&source) else { return };
    let compiled = match compile(&source, &node, &mut 0) {
        Ok(compiled) => compiled,
        Err(problems) => {
            assert!(problems.iter().any(|problem| problem.is_error() && problem.span.is_some()));
            return;
        }
    };
    let Ok(value) = aether_protocol::strict::parse(value) else { return };
    if let Err(Unfit::Mismatch(all)) = compiled.check(&value) {
        assert!(!all.is_empty() && all.len() <= MISMATCHES);
        for mismatch in all {
            let line = mismatch.to_string();
            assert!(line.len() <= 2 * MISMATCH_BYTES + 32 && !line.contains(['\n', '\u{1b}']));
        }
    }
});
