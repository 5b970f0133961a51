//! What the gateway tells whoever started it, so that it is recorded.

use std::sync::Arc;
use std::time::Duration;

use crate::decide::Denied;
use crate::failure::Failure;
use crate::wire::HeadError;

/// Something that is about to happen or has happened.
///
/// An exchange begins with [`Stage::Allowed`], which is told before anything is done, and ends with
/// exactly one of the others; or it begins and ends with [`Stage::Denied`] or [`Stage::Refused`], or
/// with [`Stage::Failed`] where a tunnel that is looked into broke off before anything was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EgressEvent {
    /// The client, by the name it was given.
    pub client: Arc<str>,
    /// The number of the exchange, the same at its beginning and end.
    pub exchange: u64,
    /// What is told.
    pub stage: Stage,
    /// The method; nothing where the request could not be read.
    pub method: Option<&'static str>,
    /// The host, canonical.
    pub host: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The path, canonical, without the query: queries hold secrets. A tunnel has none.
    pub path: Option<String>,
    /// The rule or private target that allowed it, as written.
    pub rule: Option<String>,
    /// The number of the rule, for counting its use.
    pub rule_index: Option<usize>,
    /// The status that the client got, at the end.
    pub status: Option<u16>,
    /// Bytes of the body, or of the tunnel, to the server.
    pub bytes_out: u64,
    /// Bytes of the body, or of the tunnel, from the server.
    pub bytes_in: u64,
    /// Since the exchange began.
    pub duration: Duration,
}

/// How far an exchange is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It is allowed, and begins when this has been recorded.
    Allowed,
    /// It is denied: before it began, or when it turned out to lead elsewhere.
    Denied(Box<Denied>),
    /// It could not be read for certain, and nothing was done.
    Refused(HeadError),
    /// It ended well.
    Done,
    /// It broke off.
    Failed(Failure),
}

/// The record could not be written: what it was about must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit log could not be written")]
pub struct Unrecorded;

/// Takes the events of a client, one after another, on the thread that serves all of them: it must
/// not wait for long. After an error nothing more is allowed to this client's connection.
pub type OnEvent = Arc<dyn Fn(&EgressEvent) -> Result<(), Unrecorded> + Send + Sync>;
