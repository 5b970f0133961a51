//! Lines and attachments between a cell and its host: over a socket that carries memory files, or over
//! a pair of pipes where the system has no such sockets.

#[cfg(any(windows, test))]
mod chunks;
#[cfg(any(windows, test))]
mod pipes;
#[cfg(unix)]
mod socket;

#[cfg(any(windows, test))]
pub use pipes::Pipes;
#[cfg(unix)]
pub use socket::Turn;

#[cfg(windows)]
pub(crate) use crate::section::Attached;
#[cfg(windows)]
pub(crate) use pipes::Channel;

#[cfg(unix)]
pub(crate) use crate::memfile::Attached;
#[cfg(unix)]
pub(crate) use socket::Channel;

/// Why the channel cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChannelError {
    /// The host closed its end.
    #[error("the host closed the channel")]
    Closed,
    /// A line beyond the cap.
    #[error(transparent)]
    Overflow(#[from] aether_protocol::Overflow),
    /// More descriptors than lines claim, or a blob without one.
    #[error("descriptors and blobs do not match")]
    Descriptors,
    /// A memory file that cannot be used.
    #[cfg(unix)]
    #[error(transparent)]
    Memfile(#[from] crate::memfile::MemfileError),
    /// The kernel refused.
    #[cfg(unix)]
    #[error("the channel failed: {0}")]
    System(#[from] rustix::io::Errno),
    /// A chunk that none may be.
    #[cfg(any(windows, test))]
    #[error(transparent)]
    Chunk(#[from] chunks::ChunkError),
    /// A section that cannot be used.
    #[cfg(any(windows, test))]
    #[error(transparent)]
    Section(#[from] crate::section::SectionError),
    /// The system refused.
    #[cfg(any(windows, test))]
    #[error("the channel failed: {0}")]
    Pipe(#[from] std::io::Error),
}
