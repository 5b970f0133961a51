//! Bodies on their way from one connection to the other.

use std::future::Future;
use std::io::{self, IoSlice};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::{Duration, timeout};

use super::incoming::{Incoming, ReadError};
use super::record::Count;
use crate::counted::counted;
use crate::decide::{Denied, Watch};
use crate::wire::{ChunkError, ChunkStep, Chunked, Framing};

/// How a body is carried.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Carriage {
    /// How its end is known where it comes from.
    pub(crate) framing: Framing,
    /// Whether it goes on in chunks.
    pub(crate) in_chunks: bool,
    /// How long it may be.
    pub(crate) limit: u64,
    /// How long either side may be silent.
    pub(crate) idle: Duration,
}

/// Why a body did not arrive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BodyError {
    /// It could not be read.
    Read(ReadError),
    /// It is not in proper chunks.
    Chunks(ChunkError),
    /// It is too long.
    Long,
    /// It holds what must not go there.
    Denied(Box<Denied>),
    /// It could not be written.
    Write(io::ErrorKind),
    /// The other side did not take it for too long.
    WriteTime,
}

/// Carries one body, and nothing after it. What it is watched for goes no further.
pub(crate) async fn carry<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    from: &mut Incoming<R>,
    to: &mut W,
    how: Carriage,
    count: &Count,
    watch: &mut Watch<'_>,
) -> Result<(), BodyError> {
    let mut source = Source::new(how.framing);
    loop {
        match source.step(from, how.idle).await? {
            Piece::End => break,
            Piece::Data(length) => {
                let data = &from.available()[..length];
                let carried = counted(length);
                if count.add(carried) > how.limit {
                    return Err(BodyError::Long);
                }
                watch.look(data).map_err(|denied| BodyError::Denied(Box::new(denied)))?;
                if how.in_chunks {
                    send_chunk(to, data, how.idle).await?;
                } else {
                    send(to, data, how.idle).await?;
                }
                from.consume(length);
            }
        }
    }
    if how.in_chunks {
        send(to, b"0\r\n\r\n", how.idle).await?;
    }
    Ok(())
}

/// Writes one chunk; there is at least one byte of it.
pub(crate) async fn send_chunk<W: AsyncWrite + Unpin>(
    to: &mut W,
    data: &[u8],
    idle: Duration,
) -> Result<(), BodyError> {
    let size = format!("{:x}\r\n", data.len());
    let mut parts = [size.as_bytes(), data, b"\r\n"].map(IoSlice::new);
    let mut parts = &mut parts[..];
    let write = async {
        while !parts.is_empty() {
            match to.write_vectored(parts).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => IoSlice::advance_slices(&mut parts, written),
            }
        }
        to.flush().await
    };
    within(idle, write).await
}

/// Writes all of it.
pub(crate) async fn send<W: AsyncWrite + Unpin>(
    to: &mut W,
    bytes: &[u8],
    idle: Duration,
) -> Result<(), BodyError> {
    let write = async {
        to.write_all(bytes).await?;
        to.flush().await
    };
    within(idle, write).await
}

async fn within(
    idle: Duration,
    write: impl Future<Output = io::Result<()>>,
) -> Result<(), BodyError> {
    match timeout(idle, write).await {
        Ok(written) => written.map_err(|error| BodyError::Write(error.kind())),
        Err(_) => Err(BodyError::WriteTime),
    }
}

/// A body that is read.
pub(crate) enum Source {
    Length(u64),
    Chunked(Chunked),
    UntilClose,
}

/// The next of a body.
pub(crate) enum Piece {
    /// So many available bytes are of it.
    Data(usize),
    /// It is over.
    End,
}

impl Source {
    pub(crate) fn new(framing: Framing) -> Self {
        match framing {
            Framing::Empty => Source::Length(0),
            Framing::Length(length) => Source::Length(length),
            Framing::Chunked => Source::Chunked(Chunked::default()),
            Framing::UntilClose => Source::UntilClose,
        }
    }

    /// The next piece; the caller consumes its bytes before the next step.
    pub(crate) async fn step<R: AsyncRead + Unpin>(
        &mut self,
        from: &mut Incoming<R>,
        idle: Duration,
    ) -> Result<Piece, BodyError> {
        loop {
            if matches!(self, Source::Length(0)) {
                return Ok(Piece::End);
            }
            if from.available().is_empty() {
                let read = from.fill(idle).await.map_err(BodyError::Read)?;
                match self {
                    Source::UntilClose if read == 0 => return Ok(Piece::End),
                    _ if read == 0 => return Err(BodyError::Read(ReadError::Ended)),
                    _ => {}
                }
            }
            let available = from.available();
            match self {
                Source::UntilClose => return Ok(Piece::Data(available.len())),
                Source::Length(left) => {
                    let taken = counted(available.len()).min(*left);
                    *left -= taken;
                    let length = usize::try_from(taken).unwrap_or(available.len());
                    return Ok(Piece::Data(length));
                }
                Source::Chunked(chunks) => {
                    match chunks.step(available).map_err(BodyError::Chunks)? {
                        ChunkStep::Skip(bytes) => from.consume(bytes),
                        ChunkStep::Data { skip, length } => {
                            from.consume(skip);
                            return Ok(Piece::Data(length));
                        }
                        ChunkStep::End(bytes) => {
                            from.consume(bytes);
                            return Ok(Piece::End);
                        }
                    }
                }
            }
        }
    }
}
