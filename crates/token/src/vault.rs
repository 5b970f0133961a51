//! The vault: everything that a host does with tokens.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::chain::{Place, RootKey};
use crate::id::ID_BYTES;
use crate::table::Table;
use crate::{
    Asked, Authority, Caveat, ConnectionId, Issuer, Moment, Name, Refusal, Scope, Terms, Token,
    TokenId, Unissued,
};

/// The tokens of a run. One for each host, shared by the threads that serve its cells.
///
/// A token is bound to the connection that it was issued to, and simply unknown on any other. The
/// one exception is asked for when it is issued ([`Terms::lendable`]): then a form that is narrowed
/// to another plugin by a `plugin` caveat is accepted from that plugin too.
pub struct Vault {
    root: RootKey,
    table: Mutex<Table>,
}

/// A token that is good for a use, as people may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// To revoke it by.
    pub id: TokenId,
    /// The plugin that it was issued to.
    pub plugin: Name,
    /// Which instance of it.
    pub instance: u64,
    /// What it allows.
    pub scope: Scope,
    /// When it dies.
    pub expires: Moment,
    /// How often it can still be used; nothing: as often as there is time for.
    pub uses_left: Option<u32>,
    /// What it was derived from.
    pub parent: Option<TokenId>,
    /// Who said yes.
    pub issued_by: Issuer,
    /// Why. May be a plugin's words.
    pub why: String,
}

impl Vault {
    /// An empty vault with a root key of its own, which no other run has.
    ///
    /// # Errors
    /// [`Unissued::NoRandom`].
    pub fn new() -> Result<Self, Unissued> {
        let root = RootKey::random().map_err(Unissued::NoRandom)?;
        Ok(Vault { root, table: Mutex::default() })
    }

    /// A new connection, with who is at its other end.
    pub fn connect(&self, plugin: Name, instance: u64) -> ConnectionId {
        self.table().connect(plugin, instance)
    }

    /// The connection has ended: its tokens are forgotten, and what was lent or derived of them is
    /// worth nothing.
    pub fn close(&self, connection: ConnectionId) {
        self.table().close(connection);
    }

    /// Issues a token. That somebody who may has said yes is the caller's affair.
    ///
    /// # Errors
    /// [`Unissued`].
    pub fn issue(
        &self,
        connection: ConnectionId,
        terms: Terms,
        now: Moment,
    ) -> Result<Token, Unissued> {
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id).map_err(Unissued::NoRandom)?;
        let id = TokenId(id);
        self.table().issue(connection, id, terms, now)?;
        Ok(Token::new(id, self.root.first(&id)))
    }

    /// Uses a token for one request. The use is taken whatever becomes of the operation.
    ///
    /// # Errors
    /// [`Refusal`]; then nothing is taken.
    pub fn redeem(
        &self,
        connection: ConnectionId,
        token: &Token,
        asked: &Asked<'_>,
        now: Moment,
    ) -> Result<Authority, Refusal> {
        let counted = self.verify(token).ok_or(Refusal::Unknown)?;
        self.table().redeem(connection, token, &counted, asked, now)
    }

    /// Takes a token back, and with it all that is derived or narrowed from it; says whether it was
    /// there and not taken back before.
    pub fn revoke(&self, id: TokenId) -> bool {
        self.table().revoke(id)
    }

    /// Takes back every token that any instance of the plugin holds now, or was lent.
    pub fn revoke_plugin(&self, plugin: &Name) {
        self.table().revoke_plugin(plugin);
    }

    /// The tokens of a connection that are good for a use, in the order in which they were issued.
    #[must_use]
    pub fn standing(&self, connection: ConnectionId, now: Moment) -> Vec<Standing> {
        self.table().standing(connection, now)
    }

    /// Those of all connections, in the order in which these were made.
    #[must_use]
    pub fn all_standing(&self, now: Moment) -> Vec<Standing> {
        self.table().all_standing(now)
    }

    /// Whether the tag is that of the id and the caveats; gives the places of the `uses` caveats.
    /// Done before the lock is taken, on what the token was read as.
    fn verify(&self, token: &Token) -> Option<Vec<(Place, u32)>> {
        let mut counted = Vec::new();
        let mut tag = self.root.first(&token.id());
        let mut spelling = String::new();
        for caveat in token.caveats() {
            spelling.clear();
            caveat.write(&mut spelling);
            tag = tag.next(&spelling);
            if let Caveat::Uses(most) = caveat {
                counted.push((tag.place(), *most));
            }
        }
        tag.is(token.tag()).then_some(counted)
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        // Every change is made after all that could fail, so a table is whole wherever a thread
        // stopped.
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Nothing of the root key, and of the tokens what may be shown.
impl fmt::Debug for Vault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Vault").finish_non_exhaustive()
    }
}
