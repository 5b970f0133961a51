//! What it means that bytes did not arrive, by the way that they went.

use super::body::BodyError;
use super::incoming::ReadError;
use crate::failure::Failure;

/// That something could not be sent to the server.
pub(crate) fn to_server(error: BodyError) -> Failure {
    match error {
        BodyError::Write(kind) => Failure::Server(kind),
        _ => Failure::ServerIdle,
    }
}

/// That something could not be sent to the client.
pub(super) fn to_client(error: BodyError) -> Failure {
    match error {
        BodyError::Write(_) => Failure::Client,
        _ => Failure::ClientIdle,
    }
}

/// That the body of a request did not arrive.
pub(super) fn of_request(error: BodyError) -> Failure {
    match error {
        BodyError::Read(ReadError::Time) => Failure::ClientIdle,
        BodyError::Read(ReadError::Ended) => Failure::RequestShort,
        BodyError::Read(_) => Failure::Client,
        BodyError::Chunks(error) => Failure::RequestBody(error),
        BodyError::Long => Failure::RequestLong,
        error => to_server(error),
    }
}

/// That the body of an answer did not arrive.
pub(crate) fn of_answer(error: BodyError) -> Failure {
    match error {
        BodyError::Read(ReadError::Time) => Failure::ServerIdle,
        BodyError::Read(ReadError::Broken(kind)) => Failure::Server(kind),
        BodyError::Read(_) => Failure::AnswerShort,
        BodyError::Chunks(error) => Failure::AnswerBody(error),
        BodyError::Long => Failure::AnswerLong,
        error => to_client(error),
    }
}
