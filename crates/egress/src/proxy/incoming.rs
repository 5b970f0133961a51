//! Bytes that come in, a bounded number of them held.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Duration, timeout};

use crate::wire::{HeadEnd, HeadError};

/// How much is read at once, of a connection that brings little. Held while a connection is busy,
/// given back while it waits.
const BUFFER: usize = 64 * 1024;

/// The same of a connection that fills it again and again: each byte then costs a fifth less.
const BIG_BUFFER: usize = 256 * 1024;

/// The reading half of a connection, with what was read and not yet used.
pub(crate) struct Incoming<R> {
    inner: R,
    buffer: Vec<u8>,
    /// Where in the buffer what was not yet used begins.
    start: usize,
    /// How much the buffer may hold.
    size: usize,
}

/// Why nothing more comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ReadError {
    /// The connection broke.
    Broken(io::ErrorKind),
    /// The other side closed it in the middle.
    Ended,
    /// Nothing came for too long, or not all of it.
    Time,
    /// What came is no head.
    Head(HeadError),
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(crate) fn new(inner: R) -> Self {
        Incoming { inner, buffer: Vec::new(), start: 0, size: BUFFER }
    }

    /// What was read and not yet used, and the rest.
    pub(crate) fn into_parts(mut self) -> (Vec<u8>, R) {
        (self.buffer.split_off(self.start), self.inner)
    }

    /// What was read and not yet used.
    pub(crate) fn available(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Uses so many of the available bytes.
    pub(crate) fn consume(&mut self, bytes: usize) {
        self.start = self.start.saturating_add(bytes).min(self.buffer.len());
    }

    /// Reads more, and says how much; nothing at the end. Does not lose bytes when it is dropped.
    pub(crate) async fn fill(&mut self, idle: Duration) -> Result<usize, ReadError> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let room = self.size.saturating_sub(self.buffer.len());
        // A caller that uses nothing must not make it grow.
        if room == 0 {
            return Err(ReadError::Head(HeadError::TooLong));
        }
        self.buffer.reserve(room);
        let mut limited = (&mut self.inner).take(u64::try_from(room).unwrap_or(0));
        match timeout(idle, limited.read_buf(&mut self.buffer)).await {
            Ok(Ok(read)) => {
                if read == self.size {
                    self.size = BIG_BUFFER;
                }
                Ok(read)
            }
            Ok(Err(error)) => Err(ReadError::Broken(error.kind())),
            Err(_) => Err(ReadError::Time),
        }
    }

    /// Waits until the other side has closed or broken the connection. What it sends meanwhile is
    /// kept, as far as there is room; after that nothing is noticed.
    pub(crate) async fn gone(&mut self) {
        while self.available().len() < self.size {
            if !matches!(self.fill(Duration::MAX).await, Ok(1..)) {
                return;
            }
        }
        std::future::pending().await
    }

    /// Gives an empty buffer back, for a connection that is going to wait.
    pub(crate) fn rest(&mut self) {
        if self.available().is_empty() {
            self.buffer = Vec::new();
            self.start = 0;
            self.size = BUFFER;
        }
    }

    /// The next byte, which stays unused; nothing at the end. No buffer is held while it is waited
    /// for.
    pub(crate) async fn first(&mut self, wait: Duration) -> Result<Option<u8>, ReadError> {
        if let Some(first) = self.available().first() {
            return Ok(Some(*first));
        }
        self.rest();
        let mut first = [0; 1];
        match timeout(wait, self.inner.read(&mut first)).await {
            Ok(Ok(0)) => return Ok(None),
            Ok(Ok(_)) => self.buffer.extend_from_slice(&first),
            Ok(Err(error)) => return Err(ReadError::Broken(error.kind())),
            Err(_) => return Err(ReadError::Time),
        }
        Ok(Some(first[0]))
    }

    /// Reads a head, of at most `limit` bytes; nothing if the other side closes before its first
    /// byte. `wait` is for that byte, `time` for the rest.
    pub(crate) async fn head(
        &mut self,
        limit: usize,
        wait: Duration,
        time: Duration,
    ) -> Result<Option<Vec<u8>>, ReadError> {
        if self.first(wait).await?.is_none() {
            return Ok(None);
        }
        match timeout(time, self.whole_head(limit)).await {
            Ok(head) => head.map(Some),
            Err(_) => Err(ReadError::Time),
        }
    }

    async fn whole_head(&mut self, limit: usize) -> Result<Vec<u8>, ReadError> {
        let mut end = HeadEnd::default();
        loop {
            let available = self.available();
            let seen = &available[..available.len().min(limit)];
            if let Some(length) = end.find(seen).map_err(ReadError::Head)? {
                let head = seen[..length].to_vec();
                self.consume(length);
                return Ok(head);
            }
            if available.len() >= limit {
                return Err(ReadError::Head(HeadError::TooLong));
            }
            if self.fill(Duration::MAX).await? == 0 {
                return Err(ReadError::Ended);
            }
        }
    }
}
