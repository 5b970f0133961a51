//! From the parser's character counts to byte offsets.

use saphyr_parser::{Marker, Span as Marks};

use crate::Span;

/// Byte offset of every character; empty when all are one byte long.
pub(super) struct Offsets {
    bytes: Vec<usize>,
    length: usize,
}

impl Offsets {
    pub(super) fn new(text: &str) -> Self {
        let bytes = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().map(|(offset, _)| offset).collect()
        };
        Offsets { bytes, length: text.len() }
    }

    pub(super) fn byte(&self, marker: &Marker) -> usize {
        if self.bytes.is_empty() {
            return marker.index().min(self.length);
        }
        self.bytes.get(marker.index()).copied().unwrap_or(self.length)
    }

    pub(super) fn span(&self, marks: &Marks) -> Span {
        Span::new(self.byte(&marks.start), self.byte(&marks.end))
    }
}
