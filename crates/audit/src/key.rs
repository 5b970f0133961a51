//! The keys that checkpoints are signed with.

use std::fmt;
use std::io;
use std::path::PathBuf;

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, UnparsedPublicKey};

use crate::{MAX_NAME, base64};

/// What a signed note calls Ed25519.
const ED25519_TYPE: u8 = 1;

/// A public key with its name, in the sense of C2SP signed notes: the two together are its
/// identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    name: String,
    id: KeyId,
    public: [u8; 32],
}

/// The first four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`. An identifier, no proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(crate) [u8; 4]);

/// A key cannot be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The name is empty, too long or holds something else than visible ASCII without `+`.
    #[error("the name of a key is up to {MAX_NAME} visible ASCII characters without `+`")]
    Name,
    /// The text is no public key.
    #[error("a public key is written `name+id+base64`, with an id that belongs to the rest")]
    NotAKey,
    /// The file holds something else than a seed.
    #[error("the key file {path} does not hold 32 bytes", path = path.display())]
    NotASeed {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner may read or write the file, or it is a link or no plain file.
    #[error("the key file {path} is not its owner's alone: it must be a plain file of mode 0600",
        path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read or made.
    #[error("cannot open the key file {path}: {error}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes for a key: {0}")]
    NoRandom(getrandom::Error),
}

impl Key {
    /// A key of which the name and the 32 bytes of RFC 8032 are known.
    pub fn new(name: &str, public: [u8; 32]) -> Result<Key, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let named = [name.as_bytes(), b"\n", &[ED25519_TYPE], &public].concat();
        let mut id = [0; 4];
        for (place, byte) in id.iter_mut().zip(digest(&SHA256, &named).as_ref()) {
            *place = *byte;
        }
        Ok(Key { name: name.to_owned(), id: KeyId(id), public })
    }

    /// Reads a key as it is written by `Display`.
    pub fn parse(text: &str) -> Result<Key, KeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(coded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::NotAKey);
        };
        let bytes = base64::decode(coded).ok_or(KeyError::NotAKey)?;
        let Some((&ED25519_TYPE, public)) = bytes.split_first() else {
            return Err(KeyError::NotAKey);
        };
        let key = Key::new(name, public.try_into().map_err(|_| KeyError::NotAKey)?)?;
        if key.id.to_string() == id { Ok(key) } else { Err(KeyError::NotAKey) }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its short identifier.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(crate) fn has_signed(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(text, signature).is_ok()
    }
}

/// As the tools for signed notes write it: `name+id+base64(0x01 ‖ key)`.
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = base64::encode(&[&[ED25519_TYPE][..], &self.public].concat());
        write!(out, "{}+{}+{coded}", self.name, self.id)
    }
}

/// Eight hexadecimal digits.
impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// Stricter than signed notes ask for: a name of visible ASCII is shown as it is.
pub(crate) fn is_name(name: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_graphic() && byte != b'+';
    (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Go implementation of signed notes.
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    #[test]
    fn a_key_is_read_and_written_as_other_tools_do() {
        let key = Key::parse(PETER).unwrap();
        assert_eq!(key.name(), "PeterNeumann");
        assert_eq!(key.id().to_string(), "c74f20a3");
        assert_eq!(key.to_string(), PETER);
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in [
            "",
            "a",
            "a+b+c",
            &PETER.replace("c74f20a3", "c74f20a4"),
            &PETER.replace("c74f20a3", "C74F20A3"),
            &PETER.replace("Peter", "Petra"),
            &PETER.replace("Peter", "Peter "),
            &PETER.replace("+AR", "+BR"),
            &PETER[..PETER.len() - 4],
            &format!("{PETER}="),
        ] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        assert!(matches!(Key::new("ü", [0; 32]), Err(KeyError::Name)));
        assert!(matches!(Key::new(&"a".repeat(MAX_NAME + 1), [0; 32]), Err(KeyError::Name)));
    }
}
