//! The network of native programs: their way out through the egress gateway, and their ways in.
//!
//! A native cell has a network of its own with nothing in it but loopback. Its way out is a
//! listener there that is served from outside; its ways in are sockets of that network which only
//! the host connects. Nothing of the gateway is made before somebody connects to it.

mod error;
mod fetch;
mod gateway;
mod note;
mod ports;
mod recorder;
mod rules;
mod way_in;
mod way_out;

pub use error::NetworkError;
pub(crate) use fetch::{Fetch, Placeholders, request_of};
pub(crate) use gateway::Gateway;
pub(crate) use note::Note;
pub(crate) use ports::Ports;
pub(crate) use recorder::Recorder;
pub use rules::private_problems;
pub(crate) use rules::{rules, vain};
pub(crate) use way_in::WayIn;
pub(crate) use way_out::WayOut;
