//! What threads of the network tell the driver of the cell, who keeps its ledger.

use aether_gateway::Denied;

/// Something that was decided and recorded, to be counted.
#[derive(Debug)]
pub(crate) enum Note {
    /// A line of the grant allowed something.
    Used(usize),
    /// Something was refused.
    Denied(Denied),
    /// A request held the decoy of this name, and was refused.
    Decoy(String),
    /// A request or connection to another machine began, or was refused: host and port.
    Exchange {
        /// Where to.
        destination: String,
        /// Whether it was let through.
        allowed: bool,
    },
    /// One that was let through has ended.
    Transferred {
        /// Where to.
        destination: String,
        /// Bytes there.
        bytes_out: u64,
        /// Bytes from there.
        bytes_in: u64,
    },
}
