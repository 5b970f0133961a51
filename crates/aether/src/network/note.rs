//! What threads of the network tell the driver of the cell, who keeps its ledger.

use aether_gateway::Denied;

/// Something that was decided and recorded, to be counted.
#[derive(Debug)]
pub(crate) enum Note {
    /// A line of the grant allowed something.
    Used(usize),
    /// Something was refused.
    Denied(Denied),
}
