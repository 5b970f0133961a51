//! The tokens of a run, for the host's owner.

use aether_audit::{Event as Record, Kind, LogError, Verdict};
use aether_gateway::name_of;
use aether_token::{Issuer, Moment, Standing};

use super::{Host, millis};

/// A right beyond its grant that a cell has for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenInUse {
    /// Eight digits by which the audit log knows it, and [`Host::revoke_token`]. They open nothing.
    pub fingerprint: String,
    /// The plugin that has it.
    pub plugin: String,
    /// The cell's number in this run.
    pub cell: u32,
    /// What it allows, such as `host-write below /workspace/out`.
    pub allows: String,
    /// How often it can still be used; nothing: as often as there is time for.
    pub uses_left: Option<u32>,
    /// The policy's line, or the person, that allowed it.
    pub by: String,
    /// Why it was wanted, in the plugin's words: escape them where they are shown.
    pub why: String,
}

impl Host {
    /// Takes back every token that cells of the plugin have, and says so in the audit log. Rights of
    /// its grant stay; it may ask again, of the policy and of whoever is asked.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be written down; the tokens are taken back all the same.
    pub fn revoke_tokens(&self, plugin: &str) -> Result<(), LogError> {
        self.0.vault.revoke_plugin(&name_of(plugin));
        let event = Record::new(Kind::Token, "token.revoke", Verdict::Noted).plugin(plugin);
        self.0.log.record(&event.rule("the host")).map(drop)
    }

    /// The tokens that running cells have and that are good for a use.
    #[must_use]
    pub fn tokens(&self) -> Vec<TokenInUse> {
        let shown = |token: Standing| TokenInUse {
            fingerprint: token.id.fingerprint().to_string(),
            plugin: token.plugin.to_string(),
            cell: u32::try_from(token.instance).unwrap_or(u32::MAX),
            allows: token.scope.to_string(),
            uses_left: token.uses_left,
            by: match &token.issued_by {
                Issuer::Policy(rule) => rule.clone(),
                Issuer::Person => "a person".to_owned(),
            },
            why: token.why,
        };
        self.0.vault.all_standing(self.moment()).into_iter().map(shown).collect()
    }

    /// Takes back the token of this fingerprint, with everything that was narrowed from it, and says
    /// so in the audit log; whether there was one. What it has allowed already stays done.
    ///
    /// # Errors
    /// [`LogError`] when it cannot be written down; the token is taken back all the same.
    pub fn revoke_token(&self, fingerprint: &str) -> Result<bool, LogError> {
        let standing = self.0.vault.all_standing(self.moment());
        // Fingerprints are short: where two tokens share one, taking back both is the safe mistake.
        let same = |token: &&Standing| token.id.fingerprint().to_string() == fingerprint;
        let mut found = false;
        for token in standing.iter().filter(same) {
            found |= self.0.vault.revoke(token.id);
            let plugin = token.plugin.to_string();
            let event = Record::new(Kind::Token, "token.revoke", Verdict::Noted).plugin(&plugin);
            let event = event.detail("token", fingerprint).rule("the host");
            self.0.log.record(&event)?;
        }
        Ok(found)
    }

    fn moment(&self) -> Moment {
        Moment(millis(self.0.started.elapsed()))
    }
}
