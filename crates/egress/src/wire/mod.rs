//! The bytes of HTTP/1.1, of WebSockets and of the first message of TLS, read strictly: pure functions of bytes.
//!
//! A message that two readers could read in two ways is refused, never repaired: what passes is
//! written anew from its parts, so that the server sees one spelling and one length.

#[cfg(any(test, fuzzing))]
pub(crate) mod checks;
mod chunked;
mod client_hello;
mod fields;
mod frame;
mod framing;
mod handshake;
mod head;
mod messages;
mod request;
mod response;
mod server_hello;
pub(crate) mod socks;
#[cfg(test)]
mod tests;

pub use chunked::ChunkError;
pub use frame::FrameError;
pub use framing::FramingError;
pub use handshake::HandshakeError;
pub use head::HeadError;
pub use socks::SocksError;

pub(crate) use chunked::{ChunkStep, Chunked};
pub(crate) use client_hello::{ClientHello, HelloError, MAX_HELLO};
pub(crate) use fields::Fields;
pub(crate) use frame::{FrameHead, MAX_CONTROL, Opcode, mask};
pub(crate) use framing::Framing;
pub(crate) use handshake::{Opening, opened};
pub(crate) use head::HeadEnd;
pub(crate) use messages::{Messages, Said};
pub(crate) use request::{RequestHead, Spoken, Target};
pub(crate) use response::{Asked, Body, ResponseHead};
pub(crate) use server_hello::asks_again;
