//! The wire between a host and a cell, used by both sides.
//!
//! One UTF-8 JSON object per line (JSON-RPC 2.0), caps checked before parsing, released versions
//! as frozen modules ([`v1`]) that convert to the latest ([`version`]), and a JSON Schema of it all. This crate knows no host state, does no I/O, and depends on none
//! of our crates.
#![forbid(unsafe_code)]

pub mod error;
pub mod frame;
pub mod limits;
pub mod message;
pub mod payload;
pub mod schema;
pub mod strict;
pub mod v1;
pub mod version;

pub use error::{Code, RpcError};
pub use frame::{FrameReader, Overflow};
pub use message::{Id, Malformed, Message};
pub use payload::{Attachment, Payload, PayloadError};
pub use version::Versions;
