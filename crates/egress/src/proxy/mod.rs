//! The transport: HTTP/1.1 to plugins and servers, and tunnels.

mod agree;
mod answer;
mod blame;
mod body;
mod client;
mod connection;
mod dial;
mod exchange;
mod greeting;
mod incoming;
mod inspect;
mod listener;
mod pace;
mod record;
mod relay;
mod replay;
mod serve;
mod socks;
mod standing;
mod tunnel;
mod upstream;
mod voice;

pub use client::Client;
pub use listener::Listener;
pub use serve::Served;

pub(crate) use blame::{of_answer, to_server};
pub(crate) use body::{BodyError, Piece, Source, send, send_chunk};
pub(crate) use client::{Common, Context, Shared};
pub(crate) use dial::Unreached;
pub(crate) use incoming::{Incoming, ReadError};
pub(crate) use record::{Counters, Exchange, Subject, denied as record_denied};
pub(crate) use serve::serve;
pub(crate) use standing::{Ended, Own, Place};
pub(crate) use upstream::{NoAnswer, Upstream, answer_head};

/// A connection, of whatever kind.
pub(crate) trait Duplex:
    tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin
{
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for S {}

pub(crate) type Reader = tokio::io::ReadHalf<Box<dyn Duplex>>;
pub(crate) type Writer = tokio::io::WriteHalf<Box<dyn Duplex>>;
