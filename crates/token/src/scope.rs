//! What a token is for.

use std::fmt;

use aether_path::VirtualPath;

use crate::{HostName, Name};

/// The kinds of elevated operations. There are no others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Write to the host at once, past the overlay.
    HostWrite,
    /// Reach a host that the manifest does not name.
    Network,
    /// Run a command.
    Command,
    /// Read a secret.
    Secret,
    /// Have more time for one call.
    Time,
    /// Have more memory for one call.
    Memory,
}

impl Right {
    /// All of them.
    pub const ALL: [Right; 6] = [
        Right::HostWrite,
        Right::Network,
        Right::Command,
        Right::Secret,
        Right::Time,
        Right::Memory,
    ];

    /// Its stable name, for the wire, the audit log and reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Right::HostWrite => "host-write",
            Right::Network => "network",
            Right::Command => "command",
            Right::Secret => "secret",
            Right::Time => "time",
            Right::Memory => "memory",
        }
    }
}

impl fmt::Display for Right {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A right, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Write at this place of the virtual tree, or below it, straight to the host.
    HostWrite {
        /// The place.
        below: VirtualPath,
    },
    /// Reach this host at this port.
    Network {
        /// The host, and no other spelling or name of it.
        host: HostName,
        /// The port.
        port: u16,
    },
    /// Run this command.
    Command {
        /// By the name that the host's owner gave it.
        name: Name,
    },
    /// Read this secret.
    Secret {
        /// By the name that the host's owner gave it.
        name: Name,
    },
    /// Have so much time for one call.
    Time {
        /// Milliseconds, at most.
        most_ms: u64,
    },
    /// Have so much memory for one call.
    Memory {
        /// Bytes, at most.
        most_bytes: u64,
    },
}

impl Scope {
    /// Which right it is of.
    #[must_use]
    pub const fn right(&self) -> Right {
        match self {
            Scope::HostWrite { .. } => Right::HostWrite,
            Scope::Network { .. } => Right::Network,
            Scope::Command { .. } => Right::Command,
            Scope::Secret { .. } => Right::Secret,
            Scope::Time { .. } => Right::Time,
            Scope::Memory { .. } => Right::Memory,
        }
    }

    /// Whether whatever the other allows, this one does too.
    #[must_use]
    pub fn covers(&self, other: &Scope) -> bool {
        match (self, other) {
            (Scope::HostWrite { below }, Scope::HostWrite { below: inner }) => {
                inner.starts_with(below)
            }
            (Scope::Time { most_ms }, Scope::Time { most_ms: other }) => other <= most_ms,
            (Scope::Memory { most_bytes }, Scope::Memory { most_bytes: other }) => {
                other <= most_bytes
            }
            _ => self == other,
        }
    }
}

/// For people, such as `host-write below /workspace/out`.
impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = self.right();
        match self {
            Scope::HostWrite { below } => write!(out, "{right} below {below}"),
            Scope::Network { host, port } => write!(out, "{right} to {host}:{port}"),
            Scope::Command { name } | Scope::Secret { name } => write!(out, "{right} {name}"),
            Scope::Time { most_ms } => write!(out, "{right} up to {most_ms} ms"),
            Scope::Memory { most_bytes } => write!(out, "{right} up to {most_bytes} bytes"),
        }
    }
}
