//! What a plugin would change on the host.

mod change;
mod collect;
mod pair;
mod store;

pub use change::{After, Change, ChangeKind, Changeset, Modes};
pub use store::StoreError;
