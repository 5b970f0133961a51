//! Connections to servers, in the clear or by TLS, and the heads of their answers.

use std::io;
use std::net::IpAddr;

use tokio::time::{Duration, timeout};

use super::client::Context;
use super::dial::{Unreached, dial};
use super::incoming::{Incoming, ReadError};
use super::{Duplex, Reader, Writer};
use crate::decide::{Host, Request, Scheme};
use crate::failure::Failure;
use crate::limits::{INTERIM_ANSWERS, Limits};
use crate::wire::{Asked, HeadError, ResponseHead};

/// A connection to a server, for one scheme, host and port.
pub(crate) struct Upstream {
    scheme: Scheme,
    host: Host,
    port: u16,
    /// Where it leads.
    pub(crate) address: IpAddr,
    pub(crate) input: Incoming<Reader>,
    pub(crate) output: Writer,
}

impl Upstream {
    /// Connects to the server of a request that is allowed.
    pub(crate) async fn connect(context: &Context, request: &Request) -> Result<Self, Unreached> {
        let stream = dial(context, &request.host, request.port).await?;
        let peer = stream.peer_addr();
        let peer = peer.map_err(|e| Unreached::Failed(Failure::Connect(e.kind())))?;
        let stream: Box<dyn Duplex> = match request.scheme {
            Scheme::Http => Box::new(stream),
            Scheme::Https => {
                let limit = context.limits().connect_time;
                let secured = context.shared.tls.connect(&request.host, stream);
                let secured = timeout(limit, secured).await.unwrap_or(Err(Failure::ServerIdle));
                Box::new(secured.map_err(Unreached::Failed)?)
            }
        };
        let (reader, output) = tokio::io::split(stream);
        let input = Incoming::new(reader);
        let (scheme, host, port) = (request.scheme, request.host.clone(), request.port);
        Ok(Upstream { scheme, host, port, address: peer.ip(), input, output })
    }

    /// Whether it leads where the request goes.
    pub(crate) fn is_for(&self, request: &Request) -> bool {
        self.scheme == request.scheme && self.host == request.host && self.port == request.port
    }

    /// Whether nothing came since the last answer: neither its end nor an answer to a question that
    /// nobody asked, which would be taken for the answer to the next.
    pub(crate) async fn is_quiet(&mut self) -> bool {
        if !self.input.available().is_empty() {
            return false;
        }
        // The runtime looks at its sockets before it comes back here.
        tokio::task::yield_now().await;
        tokio::select! {
            biased;
            _ = self.input.fill(Duration::MAX) => false,
            () = std::future::ready(()) => true,
        }
    }
}

/// Why there is no head of an answer.
pub(crate) struct NoAnswer {
    pub(crate) failure: Failure,
    /// Whether not one byte of an answer came.
    pub(crate) is_silent: bool,
}

impl From<Failure> for NoAnswer {
    fn from(failure: Failure) -> Self {
        NoAnswer { failure, is_silent: false }
    }
}

/// The head of the answer itself, those of interim answers passed over. How long a server thinks is
/// up to it, within the time for the whole exchange.
pub(crate) async fn answer_head(
    from: &mut Incoming<Reader>,
    limits: &Limits,
    asked: Asked<'_>,
) -> Result<ResponseHead, NoAnswer> {
    for count in 0..INTERIM_ANSWERS {
        let read = from.head(limits.head_bytes, Duration::MAX, limits.head_time).await;
        let is_silent = count == 0 && from.available().is_empty();
        let bytes = match read {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                let failure = Failure::Server(io::ErrorKind::UnexpectedEof);
                return Err(NoAnswer { failure, is_silent });
            }
            Err(ReadError::Head(error)) => return Err(Failure::Answer(error).into()),
            Err(ReadError::Time) => return Err(Failure::ServerIdle.into()),
            Err(ReadError::Ended) => return Err(Failure::AnswerShort.into()),
            Err(ReadError::Broken(kind)) => {
                return Err(NoAnswer { failure: Failure::Server(kind), is_silent });
            }
        };
        let head = ResponseHead::parse(&bytes, asked).map_err(|error| match error {
            HeadError::Handshake(error) => Failure::Handshake(error),
            error => Failure::Answer(error),
        })?;
        match head.status {
            101 if matches!(asked, Asked::Socket(_)) => return Ok(head),
            101 => return Err(Failure::Switched.into()),
            100..200 => {}
            _ => return Ok(head),
        }
    }
    Err(Failure::Interim.into())
}
