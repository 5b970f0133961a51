//! How a line is bound to the one before it.

use blake3::Hash;

use crate::hex::{self, Digits};
use crate::merkle;

/// Stands in front of the run id when the origin of a chain is derived, so that an origin is never
/// the hash of a record.
const ORIGIN_PREFIX: &str = "aether-audit/1 origin ";

const HASH_FIELD: &[u8] = b",\"hash\":\"";
const CLOSE: &[u8] = b"\"}";
const HEX: usize = 64;

/// What `prev` is in the first record of a file.
pub(crate) fn origin(run: &str) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(ORIGIN_PREFIX.as_bytes());
    hasher.update(run.as_bytes());
    hasher.finalize()
}

/// Takes the JSON object that begins at `start`, the last thing in `line`, and gives it its hash
/// and its line end.
pub(crate) fn seal(line: &mut Vec<u8>, start: usize) -> Hash {
    line.pop();
    let hash = blake3::hash(line.get(start..).unwrap_or_default());
    line.extend_from_slice(HASH_FIELD);
    line.extend_from_slice(hash.to_hex().as_bytes());
    line.extend_from_slice(CLOSE);
    line.push(b'\n');
    hash
}

/// Splits a line (without its line end) into the bytes that are hashed and the digits of the hash.
/// `None` if it does not end in a hash.
pub(crate) fn unseal(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_suffix(CLOSE)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(HEX)?)?;
    let body = rest.strip_suffix(HASH_FIELD)?;
    Some((body, digits))
}

/// The hash of a line, found to be the one written in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seal {
    pub(crate) hash: Hash,
    pub(crate) digits: Digits,
    /// What it is in the tree of its segment.
    pub(crate) leaf: Hash,
}

pub(crate) fn check(line: &[u8]) -> Result<Seal, Unsealed> {
    let (body, written) = unseal(line).ok_or(Unsealed::NoHash)?;
    let hash = blake3::hash(body);
    let digits = hex::digits(&hash);
    if digits == *written {
        Ok(Seal { hash, digits, leaf: merkle::leaf(&hash) })
    } else {
        Err(Unsealed::Differs)
    }
}

/// Why a line is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealed {
    NoHash,
    Differs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_line_checks_and_a_changed_one_does_not() {
        let mut line = b"before\n{\"a\":1}".to_vec();
        let hash = seal(&mut line, 7);
        let sealed = line[7..].strip_suffix(b"\n").unwrap();
        assert_eq!(check(sealed).map(|sealed| sealed.hash), Ok(hash));
        assert_eq!(unseal(sealed).unwrap().0, b"{\"a\":1");
        for at in 0..sealed.len() {
            let mut changed = sealed.to_vec();
            changed[at] ^= 0x20;
            assert!(check(&changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn short_lines_have_no_hash() {
        for line in [&b""[..], b"}", b"\"}", b"{}", &[b'a'; 65], &[b'a'; 75]] {
            assert_eq!(check(line), Err(Unsealed::NoHash));
        }
    }
}
