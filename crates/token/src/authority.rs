//! What a redeemed token allows.

use aether_path::VirtualPath;

use crate::{Fingerprint, HostName, Issuer, Name};

/// What may be done, once: the proof that a token was redeemed for it.
///
/// Made by [`Vault::redeem`](crate::Vault::redeem) alone, and not to be copied. Act with what is in
/// it: it is the token's, checked against the request, so that a plugin that is talked into passing
/// on somebody's path or host cannot lend its right to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Authority {
    pub(crate) allowed: Allowed,
    pub(crate) plugin: Name,
    pub(crate) instance: u64,
    pub(crate) owner: Name,
    pub(crate) fingerprint: Fingerprint,
    pub(crate) issued_by: Issuer,
    pub(crate) why: String,
}

/// The checked scope to act with.
#[derive(Debug, PartialEq, Eq)]
pub enum Allowed {
    /// Write to the host.
    HostWrite {
        /// The place of the token, made narrower by its caveats: open this, and go on from there
        /// without leaving it.
        below: VirtualPath,
        /// The file; it is `below` or lies below it.
        path: VirtualPath,
        /// Bytes that may be written, if the token says.
        max_bytes: Option<u64>,
    },
    /// Reach a host.
    Network {
        /// The token's host.
        host: HostName,
        /// The token's port.
        port: u16,
        /// Bytes that may be sent, if the token says.
        max_bytes: Option<u64>,
    },
    /// Run a command.
    Command {
        /// The token's command.
        name: Name,
    },
    /// Read a secret.
    Secret {
        /// The token's secret.
        name: Name,
    },
    /// Have more time for this call.
    Time {
        /// Milliseconds: what was asked for, within what the token has.
        ms: u64,
    },
    /// Have more memory for this call.
    Memory {
        /// Bytes: what was asked for, within what the token has.
        bytes: u64,
    },
}

impl Authority {
    /// What may be done.
    #[must_use]
    pub const fn allowed(&self) -> &Allowed {
        &self.allowed
    }

    /// The plugin that presented the token.
    #[must_use]
    pub const fn plugin(&self) -> &Name {
        &self.plugin
    }

    /// Which instance of it.
    #[must_use]
    pub const fn instance(&self) -> u64 {
        self.instance
    }

    /// The plugin that the token was issued to; another one when it was lent.
    #[must_use]
    pub const fn owner(&self) -> &Name {
        &self.owner
    }

    /// The token, as it may be shown.
    #[must_use]
    pub const fn fingerprint(&self) -> Fingerprint {
        self.fingerprint
    }

    /// Who said yes.
    #[must_use]
    pub const fn issued_by(&self) -> &Issuer {
        &self.issued_by
    }

    /// Why. May be a plugin's words.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.why
    }
}
