//! How much of a record is shown.

use std::borrow::Cow;

/// The longest untrusted text, in characters, that a page or a terminal shows. Against a plugin
/// that hides the rest of a report behind one name.
pub const MAX_SHOWN_TEXT: usize = 400;

/// The longest text, in characters, kept in JSON and SARIF. Against a report that no program can
/// load any more.
pub const MAX_LONG_TEXT: usize = 8 * 1024;

/// The most rows one table of the page has; the worst come first, and what is left out is said.
/// Against a plugin that is refused a hundred thousand different things.
pub const MAX_ROWS: usize = 2000;

/// The longest name, in characters, at the head of a row or in a drawing. Against a name that
/// pushes everything else off the page.
pub(crate) const MAX_NAME: usize = 60;

/// About how long, in bytes, a page gets: rows beyond it are counted, not shown. Against a record
/// that makes a page which no browser opens at once.
pub const MAX_PAGE: usize = 1_480_000;

/// The longest JSON, in bytes, that is read back as a record. Against a file made to fill memory.
pub const MAX_RECORD: usize = 64 * 1024 * 1024;

/// The beginning of a text, and a mark if there was more. Does not look at more than it shows, but
/// for the length.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    match text.char_indices().nth(max) {
        None => Cow::Borrowed(text),
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            Cow::Owned(format!("{kept}… (cut; {} bytes)", text.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_marked() {
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(shortened("äöüß", 3), "äöü… (cut; 8 bytes)");
        assert_eq!(shortened("", 0), "");
    }
}
