//! What is wished for, and what may be given for it.

use aether_path::VirtualPath;
use aether_token::Right;

/// One operation that a plugin wishes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish<'a> {
    /// Write here to the host's disk; and below, if it is a folder.
    HostWrite {
        /// The place in the virtual tree.
        path: &'a VirtualPath,
    },
    /// Send a request.
    Network {
        /// The host in its canonical form: no other spelling is found in a policy.
        host: &'a str,
        /// The port.
        port: u16,
    },
    /// Have a command run.
    Command {
        /// Its name in the policy.
        name: &'a str,
    },
    /// Have a secret used.
    Secret {
        /// Its name in the policy.
        name: &'a str,
    },
    /// Have so much time for one call.
    Time {
        /// Milliseconds.
        ms: u64,
    },
    /// Have so much memory for one call.
    Memory {
        /// Bytes.
        bytes: u64,
    },
}

impl Wish<'_> {
    /// What kind of operation it is.
    pub fn right(&self) -> Right {
        match self {
            Wish::HostWrite { .. } => Right::HostWrite,
            Wish::Network { .. } => Right::Network,
            Wish::Command { .. } => Right::Command,
            Wish::Secret { .. } => Right::Secret,
            Wish::Time { .. } => Right::Time,
            Wish::Memory { .. } => Right::Memory,
        }
    }

    /// The name of that kind, as written in a policy.
    pub fn right_name(&self) -> &'static str {
        self.right().as_str()
    }

    /// Exactly what is wished for, as what may be given.
    pub fn scope(&self) -> Scope {
        match *self {
            Wish::HostWrite { path } => Scope::HostWrite { path: path.clone() },
            Wish::Network { host, port } => Scope::Network { host: host.to_owned(), port },
            Wish::Command { name } => Scope::Command { name: name.to_owned() },
            Wish::Secret { name } => Scope::Secret { name: name.to_owned() },
            Wish::Time { ms } => Scope::Time { ms },
            Wish::Memory { bytes } => Scope::Memory { bytes },
        }
    }
}

/// What may be given for a wish: what was asked for, never all that a line of the policy would allow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Write here to the host's disk.
    HostWrite {
        /// The place in the virtual tree.
        path: VirtualPath,
    },
    /// Send a request.
    Network {
        /// The host.
        host: String,
        /// The port.
        port: u16,
    },
    /// Have a command run.
    Command {
        /// Its name in the policy.
        name: String,
    },
    /// Have a secret used.
    Secret {
        /// Its name in the policy.
        name: String,
    },
    /// Have so much time for one call.
    Time {
        /// Milliseconds, at most.
        ms: u64,
    },
    /// Have so much memory for one call.
    Memory {
        /// Bytes, at most.
        bytes: u64,
    },
}
