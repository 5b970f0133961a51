//! Why nothing was fetched.

use crate::decide::{Denied, RequestError};
use crate::failure::{Failure, FailureKind};
use crate::proxy::Unreached;
use crate::wire::HeadError;

/// Why a request was not made, or its answer is not whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no request.
    #[error(transparent)]
    Request(RequestError),
    /// A header cannot be sent.
    #[error("the headers cannot be sent: {0}")]
    Headers(HeadError),
    /// It is denied, or what it was redirected to is.
    #[error("denied by policy: {}", .0.why)]
    Denied(Box<Denied>),
    /// It went wrong.
    #[error(transparent)]
    Failed(Failure),
    /// Redirected more often than [`MAX_REDIRECTS`](super::MAX_REDIRECTS) times.
    #[error("the request was redirected more than {} times", super::MAX_REDIRECTS)]
    TooManyRedirects,
    /// Redirected although that was to be an error.
    #[error("the request was redirected")]
    Redirected,
    /// Redirected to something that is no address.
    #[error("the request was redirected to something that is no address")]
    Location,
    /// Redirected with a body that was streamed, and is gone.
    #[error("the request was redirected, and its body was streamed and cannot be sent again")]
    Unrepeatable,
    /// The body is not in the encoding that its head names.
    #[error("the body of the answer is not in its encoding")]
    Encoding,
    /// The body grows beyond measure when it is decoded.
    #[error("the body of the answer grows more than {} times when it is decoded", super::MAX_RATIO)]
    Ratio,
}

impl FetchError {
    /// Which kind of error it is.
    pub fn kind(&self) -> FailureKind {
        match self {
            FetchError::Request(_) | FetchError::Headers(_) => FailureKind::Invalid,
            FetchError::Denied(_) => FailureKind::Denied,
            FetchError::Failed(failure) => failure.kind(),
            FetchError::TooManyRedirects
            | FetchError::Redirected
            | FetchError::Location
            | FetchError::Unrepeatable => FailureKind::Redirect,
            FetchError::Encoding => FailureKind::Protocol,
            FetchError::Ratio => FailureKind::TooLarge,
        }
    }
}

impl From<Failure> for FetchError {
    fn from(failure: Failure) -> Self {
        FetchError::Failed(failure)
    }
}

impl From<Unreached> for FetchError {
    fn from(unreached: Unreached) -> Self {
        match unreached {
            Unreached::Denied(denied) => FetchError::Denied(Box::new(denied)),
            Unreached::Failed(failure) => FetchError::Failed(failure),
        }
    }
}
