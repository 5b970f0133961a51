//! The identity of a bundle's content.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// BLAKE3 over every path and content of a bundle; shown as `b3:` and 64 hexadecimal digits.
///
/// The hashed text is, for each file in the order of the paths' bytes: the path's length (8 bytes,
/// little-endian), the path, the content's length, the content's BLAKE3 hash. Lengths make the
/// text unambiguous: no two different bundles give the same one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of these files.
    #[must_use]
    pub fn of(files: &BTreeMap<String, Arc<[u8]>>) -> Self {
        let mut hasher = blake3::Hasher::new_derive_key("aether bundle 1");
        for (path, content) in files {
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path.as_bytes());
            hasher.update(&(content.len() as u64).to_le_bytes());
            hasher.update(blake3::hash(content).as_bytes());
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("b3:")?;
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// A text that is not `b3:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a digest: expected `b3:` and 64 hexadecimal digits")]
pub struct NotADigest;

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits = text.strip_prefix("b3:").ok_or(NotADigest)?;
        let hash = blake3::Hash::from_hex(digits).map_err(|_| NotADigest)?;
        let digest = Self(*hash.as_bytes());
        if digest.to_string() == text { Ok(digest) } else { Err(NotADigest) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(entries: &[(&str, &str)]) -> BTreeMap<String, Arc<[u8]>> {
        entries.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().into())).collect()
    }

    #[test]
    fn moving_a_byte_between_names_and_contents_changes_the_digest() {
        let forms = [
            files(&[]),
            files(&[("a", "bc")]),
            files(&[("ab", "c")]),
            files(&[("a", "b"), ("c", "")]),
            files(&[("a", ""), ("c", "b")]),
            files(&[("a", "b\0c")]),
        ];
        for (index, form) in forms.iter().enumerate() {
            for other in &forms[index + 1..] {
                assert_ne!(Digest::of(form), Digest::of(other));
            }
        }
    }

    #[test]
    fn a_digest_reads_back_and_nothing_else_does() {
        let digest = Digest::of(&files(&[("a", "b")]));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        for bad in [
            "",
            "b3:",
            "b3:00",
            &digest.to_string().to_uppercase(),
            &format!("{digest}0"),
            "sha256:x",
        ] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }
}
