//! Text and lines out of a part of a file, so that a large file is read in pieces.
//!
//! Invalid UTF-8 becomes U+FFFD, one for each maximal part as the Encoding Standard says. A
//! character cut by the end of the piece is left for the next one.

/// A part of a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    /// Whether nothing follows it.
    pub(crate) at_end: bool,
    /// Its bytes.
    pub(crate) bytes: &'a [u8],
}

/// The text of a part, and how many bytes it used.
pub(crate) fn text(chunk: Chunk<'_>) -> (String, usize) {
    let used = match chunk.at_end {
        true => chunk.bytes.len(),
        false => chunk.bytes.len() - cut_tail(chunk.bytes),
    };
    (lossy(chunk.bytes.get(..used).unwrap_or_default()), used)
}

/// The whole lines of a part without their ends (`\n` or `\r\n`), and how many bytes they used.
///
/// At the end of the file an unfinished line counts. Zero bytes used means that no line ends in
/// this part: a longer one is needed.
pub(crate) fn split(chunk: Chunk<'_>) -> (Vec<String>, usize) {
    let mut lines = Vec::new();
    let mut rest = chunk.bytes;
    while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
        let (line, after) = rest.split_at(end);
        lines.push(lossy(line.strip_suffix(b"\r").unwrap_or(line)));
        rest = after.get(1..).unwrap_or_default();
    }
    if chunk.at_end && !rest.is_empty() {
        lines.push(lossy(rest));
        rest = &[];
    }
    (lines, chunk.bytes.len() - rest.len())
}

/// Bytes at the end that begin a character without finishing it.
pub(crate) fn cut_tail(bytes: &[u8]) -> usize {
    // A character has at most four bytes, so at most three can be waiting.
    let start = bytes.len().saturating_sub(3);
    (start..bytes.len())
        .find_map(|at| {
            let tail = bytes.get(at..)?;
            let error = std::str::from_utf8(tail).err()?;
            let unfinished = error.valid_up_to() == 0 && error.error_len().is_none();
            unfinished.then_some(tail.len())
        })
        .unwrap_or(0)
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn chunk(bytes: &[u8], at_end: bool) -> Chunk<'_> {
        Chunk { at_end, bytes }
    }

    #[test]
    fn lines_lose_their_ends() {
        let (lines, used) = split(chunk(b"a\r\nb\n\nlast", false));
        assert_eq!((lines, used), (vec!["a".into(), "b".into(), String::new()], 6));
        let (lines, used) = split(chunk(b"a\nlast", true));
        assert_eq!((lines, used), (vec!["a".into(), "last".into()], 6));
        assert_eq!(split(chunk(b"no end", false)), (vec![], 0));
    }

    #[test]
    fn a_cut_character_waits_and_a_broken_one_does_not() {
        let euro = "€".as_bytes();
        assert_eq!(text(chunk(&euro[..2], false)), (String::new(), 0));
        assert_eq!(text(chunk(&euro[..2], true)), ("\u{fffd}".into(), 2));
        assert_eq!(text(chunk(b"a\xff", false)), ("a\u{fffd}".into(), 2));
        assert_eq!(text(chunk(b"a\x80\x80", false)), ("a\u{fffd}\u{fffd}".into(), 3));
    }

    proptest! {
        #[test]
        fn reading_in_pieces_gives_the_same_text(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'\n'), Just(0xe2), Just(0x82)], 0..200),
            step in 4usize..40,
        ) {
            let mut got = String::new();
            let mut at = 0;
            while at < bytes.len() {
                let end = (at + step).min(bytes.len());
                let (part, used) = text(Chunk { at_end: end == bytes.len(), bytes: &bytes[at..end] });
                got.push_str(&part);
                at += used;
            }
            prop_assert_eq!(got, String::from_utf8_lossy(&bytes));
        }
    }
}
