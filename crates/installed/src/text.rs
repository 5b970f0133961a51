//! Texts from a plugin that a person reads before anything else of it.

use std::borrow::Cow;

use aether_source::printable;

/// Whether the text holds nothing that cannot be seen: no control character, no bidirectional one, none
/// without width. A description that reads one way and is another has no honest use.
pub(crate) fn is_honest(text: &str) -> bool {
    matches!(printable(text), Cow::Borrowed(_))
}
