//! What a tunnel begins with, on both sides: less of it is never read as more.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    // Each of its beginnings is read.
    let data = &data[..data.len().min(600)];
    aether_egress::fuzzing::hello(data);
    let [high, low] = (data.len() as u16).to_be_bytes();
    let [inner_high, inner_low] = (data.len().saturating_sub(4) as u16).to_be_bytes();
    for kind in [1, 2] {
        let mut message = data.to_vec();
        if let Some(header) = message.first_chunk_mut::<4>() {
            *header = [kind, 0, inner_high, inner_low];
        }
        aether_egress::fuzzing::hello(&[&[22, 3, 1, high, low], &message[..]].concat());
    }
});
