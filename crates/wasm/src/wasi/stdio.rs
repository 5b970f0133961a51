//! The standard streams of a program: what it reads, what it says, and what becomes a log.

use aether_protocol::limits::{LOG_TEXT_BYTES, cut};

/// The standard streams of one instance.
#[derive(Debug, Default)]
pub(crate) struct Stdio {
    /// What is read from standard input.
    pub(crate) input: Vec<u8>,
    /// How much of it was.
    read: usize,
    /// Arguments of this call, behind those of every call.
    pub(crate) arguments: Vec<String>,
    /// What was written to standard output, where that is the result of the call.
    pub(crate) output: Option<Vec<u8>>,
    most: usize,
    /// Standard output, where it is a log.
    pub(crate) printed: Lines,
    /// Standard error.
    pub(crate) errors: Lines,
}

impl Stdio {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    /// The next bytes of standard input; none at its end.
    pub(crate) fn take_input(&mut self, most: usize) -> Vec<u8> {
        let left = self.input.get(self.read..).unwrap_or_default();
        let taken = left[..left.len().min(most)].to_vec();
        self.read += taken.len();
        taken
    }

    /// Keeps what was written, or gives the lines that are whole with it; none where it is more
    /// than a result may have.
    pub(crate) fn take_output(&mut self, bytes: &[u8]) -> Option<Vec<String>> {
        match &mut self.output {
            None => Some(self.printed.take(bytes)),
            Some(output) if output.len().saturating_add(bytes.len()) > self.most => None,
            Some(output) => {
                output.extend_from_slice(bytes);
                Some(Vec::new())
            }
        }
    }
}

/// Makes lines of what is written piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    held: Vec<u8>,
    /// What is longer than a line of the log is dropped up to its end.
    skipping: bool,
}

impl Lines {
    /// The lines that are whole now, without their ends, cut where they are too long.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, is_end) = match piece.split_last() {
                Some((b'\n', text)) => (text, true),
                _ => (piece, false),
            };
            let room = LOG_TEXT_BYTES.saturating_sub(self.held.len());
            if !self.skipping {
                self.held.extend_from_slice(&text[..text.len().min(room)]);
            }
            self.skipping |= text.len() > room;
            if is_end {
                lines.extend(self.rest());
            }
        }
        lines
    }

    /// What is left at the end.
    pub(crate) fn rest(&mut self) -> Option<String> {
        self.skipping = false;
        let held = std::mem::take(&mut self.held);
        let text = String::from_utf8_lossy(&held);
        let text = text.strip_suffix('\r').unwrap_or(&text);
        (!text.is_empty()).then(|| cut(text, LOG_TEXT_BYTES).to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_put_together_and_cut() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"on"), Vec::<String>::new());
        assert_eq!(lines.take(b"e\r\ntwo\n\nthr"), ["one", "two"]);
        assert_eq!(lines.rest().as_deref(), Some("thr"));
        let long = vec![b'x'; LOG_TEXT_BYTES + 10];
        assert!(lines.take(&long).is_empty() && lines.take(&long).is_empty());
        let whole = lines.take(b"y\nnext\n");
        assert_eq!((whole[0].len(), whole[1].as_str()), (LOG_TEXT_BYTES, "next"));
        assert_eq!(lines.take(b"\xff\n"), ["\u{fffd}"]);
    }

    #[test]
    fn output_beyond_the_limit_is_refused() {
        let mut stdio = Stdio { output: Some(Vec::new()), ..Stdio::new(3) };
        assert!(stdio.take_output(b"abc").is_some());
        assert!(stdio.take_output(b"d").is_none());
        assert_eq!(stdio.output.as_deref(), Some(b"abc".as_slice()));
    }
}
