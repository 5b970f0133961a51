//! What is asked for when a token is presented.

use aether_path::VirtualPath;

use crate::{HostName, Name, Right};

/// A request that a token is presented with.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The gateway's method that was called, such as `fs.write`.
    pub method: &'a Name,
    /// What it wants to do.
    pub act: Act<'a>,
}

/// An elevated operation, as it was asked for.
#[derive(Clone, Copy, Debug)]
pub enum Act<'a> {
    /// Write straight to the host.
    HostWrite {
        /// Where, in the virtual tree.
        path: &'a VirtualPath,
        /// How much.
        bytes: u64,
    },
    /// Send a request to a host.
    Network {
        /// The host.
        host: &'a HostName,
        /// The port.
        port: u16,
        /// How much will be sent, at most.
        bytes: u64,
    },
    /// Run a command.
    Command {
        /// Its name.
        name: &'a Name,
    },
    /// Read a secret.
    Secret {
        /// Its name.
        name: &'a Name,
    },
    /// Have more time for one call.
    Time {
        /// Milliseconds.
        ms: u64,
    },
    /// Have more memory for one call.
    Memory {
        /// Bytes.
        bytes: u64,
    },
}

impl Act<'_> {
    /// Which right it needs.
    #[must_use]
    pub const fn right(&self) -> Right {
        match self {
            Act::HostWrite { .. } => Right::HostWrite,
            Act::Network { .. } => Right::Network,
            Act::Command { .. } => Right::Command,
            Act::Secret { .. } => Right::Secret,
            Act::Time { .. } => Right::Time,
            Act::Memory { .. } => Right::Memory,
        }
    }

    /// The bytes that `max-bytes` is about; none for what has no size.
    pub(crate) const fn bytes(&self) -> Option<u64> {
        match self {
            Act::HostWrite { bytes, .. } | Act::Network { bytes, .. } | Act::Memory { bytes } => {
                Some(*bytes)
            }
            Act::Command { .. } | Act::Secret { .. } | Act::Time { .. } => None,
        }
    }
}
