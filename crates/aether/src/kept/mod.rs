//! Plugins that are started again when they have ended.

mod call;
mod ended;
mod plugin;
mod policy;
mod restarts;
mod resting;

pub use call::{KeptCall, KeptPieces};
pub(crate) use ended::Ended;
pub use plugin::KeptPlugin;
pub use policy::RestartPolicy;
pub use resting::{NotStarted, Rest, Resting};
