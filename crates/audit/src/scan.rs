//! A line looked at only for what verifying needs.
//!
//! [`scan`] knows the one form in which records are written. What it takes is taken by the JSON
//! reader too, and with the same values; what is written in another way, or is anything special, it
//! leaves to that reader. So it makes verifying faster and no verdict another.

use std::collections::BTreeMap;

use crate::{Detail, Kind, Record, Verdict};

/// What verifying needs of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen<'a> {
    pub(crate) seq: u64,
    pub(crate) run: &'a str,
    pub(crate) kind: Kind,
    pub(crate) prev: &'a str,
    /// Of the kinds by which a log is verified.
    pub(crate) detail: Option<&'a BTreeMap<String, Detail>>,
}

impl<'a> Seen<'a> {
    pub(crate) fn of(record: &'a Record) -> Seen<'a> {
        Seen {
            seq: record.seq,
            run: &record.run,
            kind: record.kind,
            prev: &record.prev,
            detail: Some(&record.detail),
        }
    }
}

/// Looks at the bytes of a line that stand before its hash.
pub(crate) fn scan(body: &[u8]) -> Option<Seen<'_>> {
    let mut at = Scanner { text: std::str::from_utf8(body).ok()?, place: 0 };
    at.expect(b"{\"v\":1,\"seq\":")?;
    let seq = at.number()?;
    at.expect(b",\"time\":")?;
    at.string()?;
    at.expect(b",\"mono_us\":")?;
    at.number()?;
    at.expect(b",\"run\":")?;
    let run = at.plain_string()?;
    at.expect(b",\"kind\":")?;
    let kind = Kind::parse(at.plain_string()?).filter(|kind| !kind.is_reserved())?;
    at.what_it_concerns()?;
    at.expect(b",\"prev\":")?;
    let prev = at.plain_string()?;
    at.is_at_end().then_some(Seen { seq, run, kind, prev, detail: None })
}

struct Scanner<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Scanner<'a> {
    fn what_it_concerns(&mut self) -> Option<()> {
        self.string_if(b",\"plugin\":")?;
        if self.expect(b",\"cell\":").is_some() {
            u32::try_from(self.number()?).ok()?;
        }
        self.expect(b",\"action\":")?;
        self.string()?;
        self.string_if(b",\"object\":")?;
        self.expect(b",\"verdict\":")?;
        Verdict::parse(self.plain_string()?)?;
        self.string_if(b",\"rule\":")?;
        if self.expect(b",\"detail\":{").is_some() {
            self.details()?;
        }
        if self.expect(b",\"truncated\":[").is_some() {
            self.list()?;
        }
        Some(())
    }

    /// The entries of an object, one at least, and its end.
    fn details(&mut self) -> Option<()> {
        loop {
            self.string()?;
            self.expect(b":")?;
            self.value()?;
            if self.expect(b"}").is_some() {
                return Some(());
            }
            self.expect(b",")?;
        }
    }

    fn list(&mut self) -> Option<()> {
        loop {
            self.string()?;
            if self.expect(b"]").is_some() {
                return Some(());
            }
            self.expect(b",")?;
        }
    }

    fn value(&mut self) -> Option<()> {
        match self.rest().first()? {
            b'"' => self.string(),
            b't' => self.expect(b"true"),
            b'f' => self.expect(b"false"),
            // What is no number then is refused; `-0` is a float to the reader of JSON.
            b'-' => {
                self.place += 1;
                self.number().filter(|number| *number > 0).map(drop)
            }
            _ => self.number().map(drop),
        }
    }

    fn string_if(&mut self, name: &[u8]) -> Option<()> {
        if self.expect(name).is_some() { self.string() } else { Some(()) }
    }

    /// A string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.expect(b"\"")?;
        let length = plain_length(self.rest());
        let text = self.text.get(self.place..self.place + length)?;
        self.place += length;
        self.expect(b"\"")?;
        Some(text)
    }

    fn string(&mut self) -> Option<()> {
        self.expect(b"\"")?;
        loop {
            self.place += plain_length(self.rest());
            match self.rest() {
                [b'"', ..] => {
                    self.place += 1;
                    return Some(());
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => {
                    self.place += 2;
                }
                [b'\\', b'u', digits @ ..] => {
                    self.place += 2 + escape_length(digits)?;
                }
                _ => return None,
            }
        }
    }

    /// A number that no reader takes for anything else: up to 18 digits.
    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        let mut length = 0;
        for byte in self.rest().iter().take_while(|byte| byte.is_ascii_digit()).take(19) {
            number = number * 10 + u64::from(byte - b'0');
            length += 1;
        }
        let is_padded = length > 1 && self.rest().first() == Some(&b'0');
        self.place += length;
        ((1..=18).contains(&length) && !is_padded).then_some(number)
    }

    fn expect(&mut self, bytes: &[u8]) -> Option<()> {
        let is_there = self.rest().starts_with(bytes);
        is_there.then(|| self.place += bytes.len())
    }

    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.place..).unwrap_or_default()
    }

    fn is_at_end(&self) -> bool {
        self.place == self.text.len()
    }
}

/// Four digits that are no half of a pair of surrogates.
fn escape_length(digits: &[u8]) -> Option<usize> {
    let (four, _) = digits.split_first_chunk::<4>()?;
    if !four.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let is_surrogate = matches!(four, [b'd' | b'D', b'8' | b'9' | b'a'..=b'f' | b'A'..=b'F', ..]);
    (!is_surrogate).then_some(4)
}

/// How many bytes of a string come before the first quote, backslash or control character. Eight at
/// a time: of the bytes that are marked in a word, the lowest is right.
fn plain_length(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const HIGH: u64 = ONES << 7;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut length = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let is_control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let quote = word ^ (ONES * u64::from(b'"'));
        let backslash = word ^ (ONES * u64::from(b'\\'));
        let marked = is_control | is_zero(quote) | is_zero(backslash);
        if marked != 0 {
            return length + (marked.trailing_zeros() / 8) as usize;
        }
        length += 8;
    }
    let is_plain = |byte: &&u8| !matches!(**byte, b'"' | b'\\' | 0..0x20);
    length + chunks.remainder().iter().take_while(is_plain).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::encode::{self, Stamp};
    use crate::{Event, chain};

    fn line(event: &Event<'_>) -> Vec<u8> {
        let stamp = Stamp {
            seq: 12,
            wall_us: 1_772_366_400_000_450,
            mono_us: 34,
            run: "000102030405060708090a0b0c0d0e0f",
            prev: blake3::hash(b""),
        };
        let mut out = Vec::new();
        encode::line(&mut out, &stamp, event).unwrap();
        out.pop();
        out
    }

    /// What is scanned is read too, as the same.
    fn agree(body: &[u8]) -> bool {
        let Some(seen) = scan(body) else { return false };
        let whole = [body, b",\"hash\":\"", &[b'0'; 64], b"\"}"].concat();
        let record: Record = serde_json::from_slice(&whole).unwrap();
        assert_eq!(record.v, Record::VERSION);
        assert_eq!(Seen { detail: None, ..Seen::of(&record) }, seen);
        true
    }

    fn body(event: &Event<'_>) -> Vec<u8> {
        chain::unseal(&line(event)).unwrap().0.to_vec()
    }

    fn full<'a>(text: &'a str, number: i64) -> Event<'a> {
        Event::new(Kind::HostCall, text, Verdict::Allowed)
            .plugin("reader")
            .cell(3)
            .object(text)
            .rule(text)
            .detail("a", number)
            .detail("b", text)
            .detail("c", true)
            .detail(text, false)
    }

    #[test]
    fn records_as_they_are_written_are_scanned() {
        for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_reserved()) {
            assert!(agree(&body(&Event::new(kind, "x", Verdict::Noted))), "{kind:?}");
        }
        assert!(agree(&body(&full("C:\\a \"b\"\n\u{1}\u{202e}ü", -5))));
        let long = "x".repeat(5000);
        assert!(agree(&body(&full(&long, 999_999_999_999_999_999))), "with `truncated`");
    }

    #[test]
    fn anything_special_is_left_to_the_reader() {
        assert!(!agree(&body(&full("\u{e0041}", 1))), "a pair of surrogates");
        assert!(!agree(&body(&full("x", i64::MAX))), "a long number");
        assert!(!agree(&body(&Event::new(Kind::RunEnd, "x", Verdict::Noted))));
        let text = String::from_utf8(body(&full("x", -5))).unwrap();
        for (from, to) in [
            (":-5", ":-0"),
            (":-5", ":-"),
            (":-5", ":05"),
            (":-5", ":1.5"),
            (":-5", ":null"),
            (":-5", ":[1]"),
            ("\"cell\":3", "\"cell\":4294967296"),
            ("\"seq\":12", "\"seq\": 12"),
            ("\"v\":1", "\"v\":2"),
            ("reader", "\\ud800"),
            ("reader", "\\x"),
            ("reader", "a\u{1}"),
            ("host-call", "other"),
            ("allowed", "other"),
        ] {
            assert!(text.contains(from));
            assert_eq!(scan(text.replacen(from, to, 1).as_bytes()), None, "{to}");
        }
    }

    #[test]
    fn the_plain_beginning_is_found_wherever_it_ends() {
        for length in 0..40 {
            for end in ["\"", "\\", "\u{1f}", "\0"] {
                for plain in ["!", "~", "#", "[", "]", "\u{7f}", "ü"] {
                    let text = plain.repeat(length);
                    assert_eq!(plain_length(text.as_bytes()), text.len());
                    let more = format!("{text}{end}{text}");
                    assert_eq!(plain_length(more.as_bytes()), text.len(), "{more:?}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

        #[test]
        fn what_is_scanned_is_read(
            text in "\\PC{0,12}", number: i64,
            at: prop::sample::Index, remove in 0usize..3,
            insert in prop::sample::select(vec![
                "", "\"", "\\", "\\u", "\\ud8", "\\u00", "0", "-", "1e5", ",", ":", "}", "{", "]", "\u{1}",
                " ", "null", "true", "\"a\":1,", ",\"cell\":1", "\u{fc}",
            ]),
        ) {
            let mut body = body(&full(&text, number));
            let at = at.index(body.len());
            let end = (at + remove).min(body.len());
            body.splice(at..end, insert.bytes());
            let _ = agree(&body);
        }

        #[test]
        fn arbitrary_bytes_are_no_trouble(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(scan(&bytes), None);
        }
    }
}
