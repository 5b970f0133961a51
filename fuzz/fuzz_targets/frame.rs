//! Cutting the stream anywhere gives the same lines, or an overflow.
#![no_main]

use aether_protocol::FrameReader;
use libfuzzer_sys::fuzz_target;

fn drain(reader: &mut FrameReader) -> Option<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    loop {
        match reader.next_frame() {
            Ok(Some(line)) => lines.push(line.to_vec()),
            Ok(None) => return Some(lines),
            Err(_) => return None,
        }
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((cut, bytes)) = data.split_first() else { return };
    let mut whole = FrameReader::with_cap(256);
    whole.push(bytes);
    let Some(expect) = drain(&mut whole) else { return };
    let mut pieces = FrameReader::with_cap(256);
    let mut got = Vec::new();
    for piece in bytes.chunks(usize::from(*cut) + 1) {
        pieces.push(piece);
        got.extend(drain(&mut pieces).expect("what fits as a whole fits in pieces"));
    }
    assert_eq!(got, expect);
});
