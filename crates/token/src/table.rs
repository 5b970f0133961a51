//! The tokens that a vault knows, by connection.

use std::collections::HashMap;

use crate::chain::Place;
use crate::check::check;
use crate::limits::{MAX_ANCESTORS, MAX_COUNTED, MAX_LIFETIME, MAX_TOKENS, MAX_WHY};
use crate::{
    Asked, Authority, Beyond, Caveat, ConnectionId, Issuer, Moment, Name, Refusal, Scope, Standing,
    Terms, Token, TokenId, Unissued,
};

/// Everything that changes: behind one lock, so that a use is checked and taken in one step.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The latest moment that was told. A clock that goes back revives nothing.
    now: Moment,
    next: u64,
    connections: HashMap<ConnectionId, Holder>,
    tokens: HashMap<TokenId, Entry>,
    /// How often everything of a plugin was taken back.
    epochs: HashMap<Name, u64>,
}

/// Who is at the other end of a connection.
#[derive(Debug)]
struct Holder {
    plugin: Name,
    instance: u64,
    /// Of the plugin, when it connected: what is lent to it later than that is taken back with it.
    epoch: u64,
    tokens: Vec<TokenId>,
}

/// A token, as the host has it.
#[derive(Debug)]
struct Entry {
    connection: ConnectionId,
    /// Of the plugin, when it was issued.
    epoch: u64,
    scope: Scope,
    expires: Moment,
    uses_left: Option<u32>,
    lendable: bool,
    parent: Option<TokenId>,
    revoked: bool,
    issued_by: Issuer,
    why: String,
    /// How often each form with a `uses` caveat was used, by the place of the caveat in the chain:
    /// forms that are narrowed further have that place too, and so share the count.
    counted: HashMap<Place, u32>,
}

impl Table {
    pub(crate) fn connect(&mut self, plugin: Name, instance: u64) -> ConnectionId {
        let connection = ConnectionId(self.next);
        self.next += 1;
        let epoch = self.epoch(&plugin);
        let holder = Holder { plugin, instance, epoch, tokens: Vec::new() };
        self.connections.insert(connection, holder);
        connection
    }

    pub(crate) fn close(&mut self, connection: ConnectionId) {
        let Some(holder) = self.connections.remove(&connection) else { return };
        for id in holder.tokens {
            self.tokens.remove(&id);
        }
    }

    pub(crate) fn issue(
        &mut self,
        connection: ConnectionId,
        id: TokenId,
        mut terms: Terms,
        now: Moment,
    ) -> Result<(), Unissued> {
        terms.why.truncate(terms.why.floor_char_boundary(MAX_WHY));
        let now = self.advance(now);
        let holder = self.connections.get(&connection).ok_or(Unissued::Closed)?;
        if terms.lifetime.is_zero() || terms.lifetime > MAX_LIFETIME || terms.uses == Some(0) {
            return Err(Unissued::Terms);
        }
        let mut expires = now.after(terms.lifetime);
        if let Some(parent) = terms.parent {
            let line = self.alive(parent, now).map_err(Unissued::Parent)?;
            let parent = self.tokens.get(&parent).ok_or(Unissued::Parent(Refusal::Unknown))?;
            if !parent.scope.covers(&terms.scope) {
                return Err(Unissued::Wider);
            }
            if line.len() > MAX_ANCESTORS {
                return Err(Unissued::TooDeep);
            }
            expires = expires.min(parent.expires);
        }
        let epoch = self.epoch(&holder.plugin);
        if holder.tokens.len() >= MAX_TOKENS {
            self.sweep(connection, now)?;
        }
        let entry = Entry {
            connection,
            epoch,
            scope: terms.scope,
            expires,
            uses_left: terms.uses,
            lendable: terms.lendable,
            parent: terms.parent,
            revoked: false,
            issued_by: terms.issued_by,
            why: terms.why,
            counted: HashMap::new(),
        };
        let holder = self.connections.get_mut(&connection).ok_or(Unissued::Closed)?;
        holder.tokens.push(id);
        self.tokens.insert(id, entry);
        Ok(())
    }

    /// Forgets the dead tokens of a connection.
    fn sweep(&mut self, connection: ConnectionId, now: Moment) -> Result<(), Unissued> {
        let holder = self.connections.get(&connection).ok_or(Unissued::Closed)?;
        let (alive, dead): (Vec<TokenId>, Vec<TokenId>) =
            holder.tokens.iter().partition(|id| self.alive(**id, now).is_ok());
        if dead.is_empty() {
            return Err(Unissued::TooMany);
        }
        for id in dead {
            self.tokens.remove(&id);
        }
        if let Some(holder) = self.connections.get_mut(&connection) {
            holder.tokens = alive;
        }
        Ok(())
    }

    /// Uses a token whose tag was found right. `counted` has the place of each `uses` caveat with
    /// the number in it. Nothing changes unless everything holds.
    pub(crate) fn redeem(
        &mut self,
        connection: ConnectionId,
        token: &Token,
        counted: &[(Place, u32)],
        asked: &Asked<'_>,
        now: Moment,
    ) -> Result<Authority, Refusal> {
        let now = self.advance(now);
        let presenter = self.connections.get(&connection).ok_or(Refusal::Unknown)?;
        let entry = self.tokens.get(&token.id()).ok_or(Refusal::Unknown)?;
        let owner = self.connections.get(&entry.connection).ok_or(Refusal::Unknown)?;
        if entry.connection != connection {
            let names_it = |caveat: &Caveat| matches!(caveat, Caveat::Plugin(name) if *name == presenter.plugin);
            if !entry.lendable || !token.caveats().iter().any(names_it) {
                return Err(Refusal::Unknown);
            }
            if presenter.epoch != self.epoch(&presenter.plugin) {
                return Err(Refusal::Revoked);
            }
        }
        let line = self.alive(token.id(), now)?;
        let allowed = check(&entry.scope, token.caveats(), asked, &presenter.plugin, now)
            .map_err(Refusal::Beyond)?;
        check_counts(entry, counted)?;
        let authority = Authority {
            allowed,
            plugin: presenter.plugin.clone(),
            instance: presenter.instance,
            owner: owner.plugin.clone(),
            fingerprint: token.fingerprint(),
            issued_by: entry.issued_by.clone(),
            why: entry.why.clone(),
        };
        self.take(&line, counted);
        Ok(authority)
    }

    /// Takes one use of a token and of each that it was derived from. All of them were found to have
    /// one, under the same lock.
    fn take(&mut self, line: &[TokenId], counted: &[(Place, u32)]) {
        for (index, id) in line.iter().enumerate() {
            let Some(entry) = self.tokens.get_mut(id) else { continue };
            entry.uses_left = entry.uses_left.map(|uses| uses.saturating_sub(1));
            if index > 0 {
                continue;
            }
            for (place, _) in counted {
                let used = entry.counted.entry(*place).or_default();
                *used = used.saturating_add(1);
            }
        }
    }

    /// The token and those that it was derived from, itself first; all of them are good for a use.
    fn alive(&self, id: TokenId, now: Moment) -> Result<Vec<TokenId>, Refusal> {
        let mut line = Vec::with_capacity(1);
        let mut next = Some(id);
        while let Some(id) = next {
            // What it was derived from may be gone with its connection.
            let gone = if line.is_empty() { Refusal::Unknown } else { Refusal::Revoked };
            let entry = self.tokens.get(&id).ok_or(gone)?;
            let holder = self.connections.get(&entry.connection).ok_or(gone)?;
            if entry.revoked || entry.epoch != self.epoch(&holder.plugin) {
                return Err(Refusal::Revoked);
            }
            if now >= entry.expires {
                return Err(Refusal::Expired);
            }
            if entry.uses_left == Some(0) {
                return Err(Refusal::UsedUp);
            }
            line.push(id);
            next = entry.parent;
        }
        Ok(line)
    }

    pub(crate) fn revoke(&mut self, id: TokenId) -> bool {
        let Some(entry) = self.tokens.get_mut(&id) else { return false };
        !std::mem::replace(&mut entry.revoked, true)
    }

    pub(crate) fn revoke_plugin(&mut self, plugin: &Name) {
        let epoch = self.epochs.entry(plugin.clone()).or_default();
        *epoch = epoch.saturating_add(1);
    }

    pub(crate) fn standing(&mut self, connection: ConnectionId, now: Moment) -> Vec<Standing> {
        let now = self.advance(now);
        self.connections.get(&connection).map_or_else(Vec::new, |holder| self.held(holder, now))
    }

    pub(crate) fn all_standing(&mut self, now: Moment) -> Vec<Standing> {
        let now = self.advance(now);
        let mut connections: Vec<_> = self.connections.iter().collect();
        connections.sort_unstable_by_key(|(connection, _)| **connection);
        connections.into_iter().flat_map(|(_, holder)| self.held(holder, now)).collect()
    }

    fn held(&self, holder: &Holder, now: Moment) -> Vec<Standing> {
        let alive = holder.tokens.iter().filter(|id| self.alive(**id, now).is_ok());
        let shown = alive.filter_map(|id| {
            let entry = self.tokens.get(id)?;
            Some(Standing {
                id: *id,
                plugin: holder.plugin.clone(),
                instance: holder.instance,
                scope: entry.scope.clone(),
                expires: entry.expires,
                uses_left: entry.uses_left,
                parent: entry.parent,
                issued_by: entry.issued_by.clone(),
                why: entry.why.clone(),
            })
        });
        shown.collect()
    }

    fn epoch(&self, plugin: &Name) -> u64 {
        self.epochs.get(plugin).copied().unwrap_or(0)
    }

    fn advance(&mut self, now: Moment) -> Moment {
        self.now = self.now.max(now);
        self.now
    }
}

/// Whether every `uses` caveat has a use left, and can be counted.
fn check_counts(entry: &Entry, counted: &[(Place, u32)]) -> Result<(), Refusal> {
    let mut new = 0;
    for (place, most) in counted {
        match entry.counted.get(place) {
            Some(used) if used >= most => return Err(Refusal::Beyond(Beyond::Caveat("uses"))),
            Some(_) => {}
            None if *most == 0 => return Err(Refusal::Beyond(Beyond::Caveat("uses"))),
            None => new += 1,
        }
    }
    if entry.counted.len() + new > MAX_COUNTED {
        return Err(Refusal::TooManyCounted);
    }
    Ok(())
}
