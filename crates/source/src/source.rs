//! A named text.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::caps::MAX_SOURCE;
use crate::{Diagnostic, Place, Span, printable};

/// A text and the name people know it by, usually a path. Cloning shares the text.
///
/// A byte order mark at the beginning is accepted and dropped, because some editors write one
/// unasked and it changes nothing in UTF-8; offsets count from the character after it.
#[derive(Clone)]
pub struct Source {
    name: Arc<str>,
    inner: Arc<Inner>,
}

struct Inner {
    text: String,
    /// Offset of the first byte of each line; built when the first place is asked for, because
    /// most texts are read without a single problem.
    lines: OnceLock<Vec<usize>>,
}

impl Source {
    /// A source from text that is already UTF-8. Caps are checked when it is parsed.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let inner = Inner { text, lines: OnceLock::new() };
        Source { name: name.into().into(), inner: Arc::new(inner) }
    }

    /// The same text under another name, such as the path of a file that was known by its place in
    /// a bundle.
    pub fn renamed(&self, name: impl Into<String>) -> Self {
        Source { name: name.into().into(), inner: Arc::clone(&self.inner) }
    }

    /// A source from bytes as read from a file. Refuses more than [`MAX_SOURCE`] bytes and bytes
    /// that are not UTF-8, naming the offset of the first bad byte.
    pub fn from_bytes(name: impl Into<String>, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        let name = name.into();
        if bytes.len() > MAX_SOURCE {
            let source = Source::new(name, "");
            return Err(Diagnostic::too_large(&source, bytes.len()));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => Err(not_utf8(name, &error)),
        }
    }

    /// The name shown to people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text, without a leading byte order mark.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The line and column of a byte offset. An offset past the end means the end; one inside a
    /// character means that character.
    pub fn place(&self, offset: usize) -> Place {
        let text = self.text();
        let offset = text.floor_char_boundary(offset);
        let lines = self.lines();
        let line = lines.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = lines.get(line).copied().unwrap_or(0);
        let column = text.get(start..offset).map_or(0, |before| before.chars().count());
        Place { line: count(line), column: count(column) }
    }

    /// The text of a line counted from 1, without its line break.
    pub fn line(&self, line: u32) -> Option<&str> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let lines = self.lines();
        let start = *lines.get(index)?;
        let end = lines.get(index + 1).map_or(self.text().len(), |next| next - 1);
        let text = self.text().get(start..end)?;
        Some(text.strip_suffix('\r').unwrap_or(text))
    }

    /// The text of a range, or nothing when the range does not lie in this text.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.start..span.end).unwrap_or("")
    }

    fn lines(&self) -> &[usize] {
        self.inner.lines.get_or_init(|| {
            let breaks = self.text().bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(breaks.map(|(index, _)| index + 1)).collect()
        })
    }
}

/// 1-based, saturating: an absurd count must not wrap to a wrong line.
fn count(zero_based: usize) -> u32 {
    u32::try_from(zero_based).unwrap_or(u32::MAX).saturating_add(1)
}

/// The text shown with the diagnostic is the valid part and what follows with replacement
/// characters, so that the offset of the bad byte is also its place in that text.
fn not_utf8(name: String, error: &std::string::FromUtf8Error) -> Diagnostic {
    let at = error.utf8_error().valid_up_to();
    let bytes = error.as_bytes();
    let byte = bytes.get(at).copied().unwrap_or_default();
    let text = String::from_utf8_lossy(bytes).into_owned();
    // A dropped byte order mark moves everything after it.
    let shift = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let source = Source::new(name, text);
    let start = at - shift.min(at);
    let span = Span::new(start, start + char::REPLACEMENT_CHARACTER.len_utf8());
    let message = format!("not UTF-8 text: byte {byte:#04x} at offset {at}");
    Diagnostic::error("not-utf8", &source, span, message).with_help("save the file as UTF-8")
}

impl fmt::Debug for Source {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Source({}, {} bytes)", printable(self.name()), self.text().len())
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
            && (Arc::ptr_eq(&self.inner, &other.inner) || self.text() == other.text())
    }
}

impl Eq for Source {}
