//! Bodies in chunks: the same however they are cut, and one end for whoever reads what is sent on.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    aether_egress::fuzzing::chunks(bytes, usize::from(*cut));
});
