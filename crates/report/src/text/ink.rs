//! Colour, and text made safe for a terminal.

use aether_source::printable;

use crate::limits::{MAX_SHOWN_TEXT, shortened};
use crate::tally::Tone;

/// Adds colour, or does not.
#[derive(Clone, Copy)]
pub(super) struct Ink {
    pub(super) colour: bool,
}

impl Ink {
    /// A text that is printable already, in the colour of a tone.
    pub(super) fn tone(self, tone: Tone, text: &str) -> String {
        match tone {
            Tone::Plain => text.to_owned(),
            Tone::Good => self.paint("32", text),
            Tone::Warn => self.paint("33", text),
            Tone::Bad => self.paint("1;31", text),
        }
    }

    pub(super) fn strong(self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(super) fn faint(self, text: &str) -> String {
        self.paint("2", text)
    }

    fn paint(self, code: &str, text: &str) -> String {
        if self.colour && !text.is_empty() {
            format!("\x1b[{code}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// An untrusted text on one line, short and without anything a terminal acts on.
pub(super) fn shown(untrusted: &str) -> String {
    printable(&shortened(untrusted, MAX_SHOWN_TEXT)).into_owned()
}
