//! The caps of the wire. Each says which attack it answers.

/// Longest line, in bytes, newline excluded. Stops a peer that never sends a newline from growing
/// the reader's memory (the `BufRead::lines` class of bugs).
pub const FRAME_BYTES: usize = 1 << 20;

/// Deepest nesting of arrays and objects in one line. Stops stack exhaustion in recursive
/// consumers; `serde_json` itself stops at 128.
pub const DEPTH: usize = 64;

/// Most object keys in one untyped value. Stops hash and allocation floods that fit in a frame.
pub const KEYS: usize = 100_000;

/// Most values (scalars, arrays and objects together) in one untyped value. A value costs some
/// thirty times the two bytes that `0,` has on the wire: stops sixteen megabytes of zeroes from
/// becoming half a gigabyte.
pub const VALUES: usize = 1_000_000;

/// Payloads up to this many bytes travel inside the line; larger ones as attached descriptors.
pub const INLINE_BYTES: usize = 32 << 10;

/// Largest single payload, in bytes. Stops one call from filling the other side's memory.
pub const PAYLOAD_BYTES: u64 = 16 << 20;

/// Most descriptors that may wait for a frame to claim them. Stops descriptor floods.
pub const DESCRIPTORS: usize = 4;

/// Longest method name, in bytes. Stops megabyte names in logs and tables.
pub const METHOD_BYTES: usize = 64;

/// Longest string identifier of a request, in bytes.
pub const ID_BYTES: usize = 64;

/// Longest text of one error message, in bytes; longer ones are cut on a character boundary.
pub const ERROR_TEXT_BYTES: usize = 8 << 10;

/// Longest text of one log line, in bytes; longer ones are cut on a character boundary.
pub const LOG_TEXT_BYTES: usize = 8 << 10;

/// Cuts `text` to at most `max` bytes on a character boundary.
#[must_use]
pub fn cut(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
