//! The transport: HTTP/1.1 to plugins and servers, and tunnels.

mod agree;
mod answer;
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
mod tunnel;
mod upstream;

pub use client::Client;
pub use listener::Listener;
pub use serve::Served;

pub(crate) use body::{BodyError, Piece, Source, send};
pub(crate) use client::{Common, Context, Shared};
pub(crate) use dial::Unreached;
pub(crate) use exchange::{of_answer, to_server};
pub(crate) use record::{Counters, Exchange, Subject, denied as record_denied};
pub(crate) use serve::serve;
pub(crate) use upstream::{Upstream, answer_head};

/// A connection, of whatever kind.
pub(crate) trait Duplex:
    tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin
{
}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for S {}

type Reader = tokio::io::ReadHalf<Box<dyn Duplex>>;
type Writer = tokio::io::WriteHalf<Box<dyn Duplex>>;
