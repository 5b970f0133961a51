//! The bytes of HTTP/1.1 and of the first message of TLS, read strictly: pure functions of bytes.
//!
//! A message that two readers could read in two ways is refused, never repaired: what passes is
//! written anew from its parts, so that the server sees one spelling and one length.

#[cfg(any(test, fuzzing))]
pub(crate) mod checks;
mod chunked;
mod client_hello;
mod fields;
mod framing;
mod head;
mod request;
mod response;
mod server_hello;
#[cfg(test)]
mod tests;

pub use chunked::ChunkError;
pub use framing::FramingError;
pub use head::HeadError;

pub(crate) use chunked::{ChunkStep, Chunked};
pub(crate) use client_hello::{ClientHello, HelloError, MAX_HELLO};
pub(crate) use fields::Fields;
pub(crate) use framing::Framing;
pub(crate) use head::HeadEnd;
pub(crate) use request::{RequestHead, Spoken, Target};
pub(crate) use response::{Body, ResponseHead};
pub(crate) use server_hello::asks_again;
