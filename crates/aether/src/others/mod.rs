//! Plugins among themselves: calls of each other's methods, and events.

mod edges;
mod graph;
mod hub;
mod leash;
mod offer;
mod offered;
mod told;

pub(crate) use graph::{Caller, Node};
pub use hub::EmitError;
pub(crate) use hub::Hub;
pub(crate) use leash::Leash;
pub use offer::OfferError;
pub(crate) use offered::{Offered, Presence, Unmade};
