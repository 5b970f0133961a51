//! Why a token is not accepted, and why one is not issued.

use crate::limits::{MAX_ANCESTORS, MAX_COUNTED, MAX_LIFETIME, MAX_TOKENS};
use crate::{Malformed, Right};

/// Why a presented token allows nothing. Holds nothing of the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is not a token.
    #[error("not a token: {0}")]
    Malformed(#[from] Malformed),
    /// There is no such token on this connection. One of another connection, a forged one and one
    /// that was forgotten look the same: nothing is told that could be tried out.
    #[error("there is no such token")]
    Unknown,
    /// It, or what it was derived from, was taken back.
    #[error("the token was taken back")]
    Revoked,
    /// Its time has passed.
    #[error("the token has expired")]
    Expired,
    /// It was used as often as it may be.
    #[error("the token is used up")]
    UsedUp,
    /// More narrowed forms of it have a `uses` caveat than are counted.
    #[error("more than {MAX_COUNTED} forms of the token count their uses")]
    TooManyCounted,
    /// It is for something else than what was asked for.
    #[error("the token is not for this: {0}")]
    Beyond(Beyond),
}

/// How a request goes beyond a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Beyond {
    /// Another right.
    #[error("it is a right of the kind `{has}`, and `{needs}` is needed")]
    Right {
        /// What the token is for.
        has: Right,
        /// What the request needs.
        needs: Right,
    },
    /// The right one, to something else or to more.
    #[error("what is asked for is not within its scope")]
    Scope,
    /// A caveat does not hold; here is its name.
    #[error("its caveat `{0}` does not hold")]
    Caveat(&'static str),
}

/// Why no token is issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unissued {
    /// The connection is closed.
    #[error("the connection is closed")]
    Closed,
    /// A life of nothing or beyond [`MAX_LIFETIME`], or no use at all.
    #[error("a token lives up to {} s and can be used at least once", MAX_LIFETIME.as_secs())]
    Terms,
    /// The token that it should be derived from allows nothing any more.
    #[error("what it should be derived from allows nothing: {0}")]
    Parent(Refusal),
    /// The token that it should be derived from allows less.
    #[error("what it should be derived from does not cover it")]
    Wider,
    /// Too many tokens stand above it already.
    #[error("more than {MAX_ANCESTORS} tokens one below the other")]
    TooDeep,
    /// The connection has as many tokens as it may.
    #[error("the connection has {MAX_TOKENS} tokens")]
    TooMany,
    /// The operating system gave no random bytes.
    #[error("no random bytes for a token: {0}")]
    NoRandom(getrandom::Error),
}
