//! Capability tokens: short-lived rights beyond a grant, each for one kind of elevated operation.
//!
//! A [`Vault`] of the host issues a [`Token`] to one connection after a policy or a person said yes.
//! The plugin presents it with a request; [`Vault::redeem`] checks it and gives an [`Authority`],
//! which holds what may be done *as the token has it*: act with that, never with the request alone.
//! Whoever holds a token can [narrow](Token::narrow) it without asking, and nobody can widen one.
//!
//! This crate decides about nobody: who gets a token is the policy's affair. It does no I/O but for
//! random bytes, reads no clock (time is an argument) and never shows a token: what is printed of
//! one is a [`Fingerprint`]. Of Aether's crates it depends on `path`.

#![forbid(unsafe_code)]

mod act;
mod authority;
mod caveat;
mod chain;
mod check;
mod encode;
mod id;
pub mod limits;
mod moment;
mod name;
mod refusal;
mod scope;
mod table;
mod terms;
mod token;
mod vault;

pub use act::{Act, Asked};
pub use authority::{Allowed, Authority};
pub use caveat::Caveat;
pub use id::{ConnectionId, Fingerprint, TokenId};
pub use moment::Moment;
pub use name::{HostName, Name, NotAName};
pub use refusal::{Beyond, Refusal, Unissued};
pub use scope::{Right, Scope};
pub use terms::{Issuer, Terms};
pub use token::{Malformed, Token};
pub use vault::{Standing, Vault};
