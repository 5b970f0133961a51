//! On what terms a token is issued.

use std::time::Duration;

use crate::limits::{LIFETIME, USES};
use crate::{Scope, TokenId};

/// Who said yes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// The policy, by this line of it.
    Policy(String),
    /// A person, when asked.
    Person,
}

/// What a token allows and for how long, with who said so and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What it allows.
    pub scope: Scope,
    /// How long it lives; [`LIFETIME`] unless said otherwise.
    pub lifetime: Duration,
    /// How often it can be used; [`USES`] unless said otherwise. Nothing: as often as its life is
    /// long enough for.
    pub uses: Option<u32>,
    /// Whether a narrowed form that names another plugin is accepted from that plugin. Off unless
    /// said otherwise: then it is nothing anywhere but on the connection that it was issued to.
    pub lendable: bool,
    /// The token that it is derived from: it dies with that one, lives no longer, and each use is a
    /// use of that one too.
    pub parent: Option<TokenId>,
    /// Who said yes.
    pub issued_by: Issuer,
    /// Why: one sentence for the audit log. Cut to [`MAX_WHY`](crate::limits::MAX_WHY) bytes. May be a plugin's words.
    pub why: String,
}

impl Terms {
    /// The usual terms: one use within a minute, bound to its connection.
    #[must_use]
    pub fn new(scope: Scope, issued_by: Issuer, why: impl Into<String>) -> Self {
        Terms {
            scope,
            lifetime: LIFETIME,
            uses: Some(USES),
            lendable: false,
            parent: None,
            issued_by,
            why: why.into(),
        }
    }
}
