//! What tokens and connections are known by.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::encode;

/// Bytes of a token's id.
pub(crate) const ID_BYTES: usize = 16;

/// The 128 random bits by which a [`Vault`](crate::Vault) knows a token.
///
/// By itself it opens nothing: it stands in the clear in every narrowed form, so whoever is given
/// one of those must not be able to use the id alone. Shown as its [`Fingerprint`].
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenId(pub(crate) [u8; ID_BYTES]);

impl TokenId {
    /// What may be shown of it.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = Sha256::new().chain_update(b"aether token").chain_update(self.0).finalize();
        let mut first = [0; 4];
        first.copy_from_slice(&digest[..4]);
        Fingerprint(u32::from_be_bytes(first))
    }

    pub(crate) fn parse(hex: &str) -> Option<Self> {
        encode::from_hex(hex).map(TokenId)
    }

    pub(crate) fn hex(&self) -> String {
        encode::to_hex(&self.0)
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "TokenId({})", self.fingerprint())
    }
}

/// Eight hexadecimal digits that tell tokens apart in logs, and of which no token can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u32);

impl fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:08x}", self.0)
    }
}

/// One connection between a host and a cell. A vault gives each number once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(pub(crate) u64);
