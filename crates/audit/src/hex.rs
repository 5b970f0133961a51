//! Hexadecimal digits, written and read.

use blake3::Hash;

/// A hash as it stands in a record.
pub(crate) type Digits = [u8; 64];

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The digits of a hash. What `Hash::to_hex` gives, but an array, and without its checks: it is done
/// once for every record that is verified.
pub(crate) fn digits(hash: &Hash) -> Digits {
    let mut out = [0; 64];
    for (pair, byte) in out.chunks_exact_mut(2).zip(hash.as_bytes()) {
        let nibbles = [byte >> 4, byte & 15];
        for (digit, nibble) in pair.iter_mut().zip(nibbles) {
            *digit = DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        }
    }
    out
}

/// The digits as text.
pub(crate) fn text(hash: &Hash) -> String {
    hash.to_hex().to_string()
}

/// The hash of 64 lower-case digits, the only form there is in a log.
pub(crate) fn hash(text: &str) -> Option<Hash> {
    is_digits(text, 64).then(|| Hash::from_hex(text).ok()).flatten()
}

/// Whether the text is so many lower-case hexadecimal digits.
pub(crate) fn is_digits(text: &str, length: usize) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.len() == length && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_what_the_library_gives() {
        for text in ["", "a", "b"] {
            let of = blake3::hash(text.as_bytes());
            assert_eq!(&digits(&of), of.to_hex().as_bytes());
            assert_eq!(hash(&super::text(&of)), Some(of));
        }
        assert_eq!(hash(&"A".repeat(64)), None);
        assert_eq!(hash(&"a".repeat(63)), None);
    }
}
