//! The transport: HTTP/1.1 to plugins and servers, and tunnels.

mod answer;
mod body;
mod client;
mod connection;
mod dial;
mod exchange;
mod incoming;
mod listener;
mod pace;
mod record;
mod relay;
mod serve;
mod tunnel;

pub use client::Client;
pub use listener::Listener;
pub use serve::Served;

pub(crate) use client::Shared;
pub(crate) use serve::serve;

/// A connection, of whatever kind.
pub(crate) trait Duplex: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Duplex for S {}

type Reader = tokio::io::ReadHalf<Box<dyn Duplex>>;
type Writer = tokio::io::WriteHalf<Box<dyn Duplex>>;
