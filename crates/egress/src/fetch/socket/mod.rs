//! WebSockets that the host program opens for a plugin that has no sockets.

mod budget;
mod converse;
mod handle;
mod open;
mod speak;

pub use handle::{Heard, MAX_REASON, Message, Unsent, WebSocket};
pub use open::OpenSocket;
