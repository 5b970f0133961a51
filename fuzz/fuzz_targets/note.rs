//! Signed notes, keys, proofs and times of any bytes.
#![no_main]

use aether_audit::{Key, Proof, SignedCheckpoint, instant};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for note in SignedCheckpoint::parse_all(text).unwrap_or_default() {
        drop(note.to_note());
        drop(note.verify(&[]));
    }
    drop(Key::parse(text));
    drop(instant(text, 0));
    if let Ok(proof) = Proof::parse(text) {
        drop(proof.check());
    }
});
