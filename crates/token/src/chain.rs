//! The chain of tags that makes a token unforgeable and narrowing one-way.
//!
//! The first tag is HMAC-SHA256 of the id under the vault's root key; each caveat's is HMAC-SHA256
//! of the caveat under the tag before. A token carries the last tag alone: with it anybody can add a
//! caveat, and nobody can take one away.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use crate::encode;
use crate::id::{ID_BYTES, TokenId};

/// Bytes of a tag, and of the root key.
pub(crate) const TAG_BYTES: usize = 32;

/// Bytes of SHA-256's block, which is what HMAC makes of any key.
const BLOCK_BYTES: usize = 64;

/// What no cell ever sees: made anew with each vault, in memory only.
pub(crate) struct RootKey(Zeroizing<[u8; TAG_BYTES]>);

impl RootKey {
    pub(crate) fn random() -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; TAG_BYTES]);
        getrandom::fill(key.as_mut_slice())?;
        Ok(RootKey(key))
    }

    /// The tag of a token without caveats.
    pub(crate) fn first(&self, id: &TokenId) -> Tag {
        // Caveats are text with a `=`; no id with this before it is one.
        const DOMAIN: &[u8; 8] = b"aec1 id ";
        let mut message = [0; DOMAIN.len() + ID_BYTES];
        message[..DOMAIN.len()].copy_from_slice(DOMAIN);
        message[DOMAIN.len()..].copy_from_slice(&id.0);
        mac(&self.0, &message)
    }
}

/// The authenticator of a token. Compared in constant time and wiped after use.
pub(crate) struct Tag(Zeroizing<[u8; TAG_BYTES]>);

impl Tag {
    /// The tag after one more caveat, in its canonical spelling.
    pub(crate) fn next(&self, caveat: &str) -> Tag {
        mac(&self.0, caveat.as_bytes())
    }

    pub(crate) fn is(&self, other: &Tag) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }

    /// A name for this place in a chain, of which the tag cannot be made.
    pub(crate) fn place(&self) -> Place {
        let digest = mac(&self.0, b"aec1 place");
        let mut place = [0; 16];
        place.copy_from_slice(&digest.0[..16]);
        Place(place)
    }

    pub(crate) fn parse(hex: &str) -> Option<Self> {
        encode::from_hex(hex).map(|bytes| Tag(Zeroizing::new(bytes)))
    }

    pub(crate) fn hex(&self) -> Zeroizing<String> {
        Zeroizing::new(encode::to_hex(self.0.as_slice()))
    }
}

impl Clone for Tag {
    fn clone(&self) -> Self {
        Tag(self.0.clone())
    }
}

/// A place in a chain of tags; see [`Tag::place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place([u8; 16]);

fn mac(key: &[u8; TAG_BYTES], message: &[u8]) -> Tag {
    // A key of a whole block is used as it is, and a shorter one is filled up with zeros, so this is
    // HMAC under the 32 bytes.
    let mut block = [0; BLOCK_BYTES];
    block[..TAG_BYTES].copy_from_slice(key);
    let mut hmac = Hmac::<Sha256>::new(&block.into());
    block.zeroize();
    hmac.update(message);
    let mut bytes: [u8; TAG_BYTES] = hmac.finalize().into_bytes().into();
    let tag = Tag(Zeroizing::new(bytes));
    bytes.zeroize();
    tag
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2, whose key is shorter than a block too.
    #[test]
    fn it_is_hmac_sha256() {
        let mut key = [0; TAG_BYTES];
        key[..4].copy_from_slice(b"Jefe");
        let tag = mac(&key, b"what do ya want for nothing?");
        let expect = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(tag.hex().as_str(), expect);
        assert!(tag.is(&Tag::parse(expect).unwrap()));
        assert!(!tag.is(&tag.next("")));
    }
}
