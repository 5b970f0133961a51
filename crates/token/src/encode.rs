//! Hexadecimal digits and percent-encoding, each with one spelling only.

const DIGITS: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

/// Bytes from twice as many lower-case digits.
pub(crate) fn from_hex<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let hex = hex.as_bytes();
    if hex.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        *byte = nibble(pair[0], DIGITS)? << 4 | nibble(pair[1], DIGITS)?;
    }
    Some(bytes)
}

fn nibble(digit: u8, digits: &[u8; 16]) -> Option<u8> {
    digits.iter().position(|known| *known == digit).and_then(|at| u8::try_from(at).ok())
}

/// What stands for itself in a caveat: nothing that separates its parts.
const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-' | b'/')
}

/// Appends a text with everything but plain characters as `%XX`.
pub(crate) fn percent(text: &str, into: &mut String) {
    if text.bytes().all(is_plain) {
        into.push_str(text);
        return;
    }
    for byte in text.bytes() {
        if is_plain(byte) {
            into.push(char::from(byte));
        } else {
            let digit = |nibble: u8| char::from(UPPER[usize::from(nibble & 15)]);
            into.extend(['%', digit(byte >> 4), digit(byte)]);
        }
    }
}

/// The text that [`percent`] writes like this; nothing for any other spelling.
pub(crate) fn unpercent(encoded: &str) -> Option<String> {
    let mut text = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if is_plain(*first) {
            text.push(*first);
            rest = after;
            continue;
        }
        let (pair, after) = after.split_at_checked(2)?;
        let byte = nibble(pair[0], UPPER)? << 4 | nibble(pair[1], UPPER)?;
        if *first != b'%' || is_plain(byte) {
            return None;
        }
        text.push(byte);
        rest = after;
    }
    String::from_utf8(text).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_spelling_each() {
        for bad in ["%", "%4", "%41", "%2f", "%2F", "%zz", "a b", "é", "%FF", "%C3", "a=b", "a,b"]
        {
            assert_eq!(unpercent(bad), None, "{bad}");
        }
        assert_eq!(unpercent("%C3%A9%20x"), Some("é x".into()));
        assert_eq!(from_hex::<2>("0aFf"), None);
        assert_eq!(from_hex::<2>("0aff"), Some([10, 255]));
        assert_eq!(from_hex::<2>("0aff0"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in any::<String>(), bytes in any::<[u8; 16]>()) {
            let mut encoded = String::new();
            percent(&text, &mut encoded);
            prop_assert_eq!(unpercent(&encoded), Some(text));
            prop_assert_eq!(from_hex(&to_hex(&bytes)), Some(bytes));
        }

        #[test]
        fn what_is_read_is_written_the_same(encoded in "([a-z./~]|%[0-9A-F]{2}){0,20}") {
            if let Some(text) = unpercent(&encoded) {
                let mut again = String::new();
                percent(&text, &mut again);
                prop_assert_eq!(again, encoded);
            }
        }
    }
}
