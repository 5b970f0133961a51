//! An answer on its way to whoever asked.

use super::decode::Decoder;
use super::error::FetchError;
use super::handle::{AnswerHead, Out, Part};
use crate::counted::counted;
use crate::decide::Request;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::proxy::{Counters, Incoming, Piece, Reader, Source, of_answer};
use crate::wire::{Body, Framing, ResponseHead};

/// The head of an answer, as a plugin gets it.
pub(super) fn describe(request: &Request, answer: &ResponseHead, redirected: bool) -> AnswerHead {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let headers = answer.fields.iter().map(|(name, value)| (name.to_owned(), text(value)));
    AnswerHead {
        status: answer.status,
        reason: answer.reason.clone(),
        url: format!("{}://{}{}", request.scheme.as_str(), request.authority(), request.path),
        is_redirected: redirected,
        headers: headers.collect(),
    }
}

/// Gives the answer on, decoded, as fast as it is taken.
pub(super) async fn give(
    from: &mut Incoming<Reader>,
    answer: &ResponseHead,
    head: AnswerHead,
    limits: &Limits,
    counters: &Counters,
    out: &Out,
) -> Result<(), FetchError> {
    let limit = limits.response_body;
    out.give(Part::Head(head)).await;
    let Body::Some(framing) = answer.body else { return Ok(()) };
    if matches!(framing, Framing::Length(length) if length > limit) {
        return Err(Failure::AnswerLong.into());
    }
    let mut decoder = Decoder::of(&answer.fields);
    let mut source = Source::new(framing);
    let mut given = Given { bytes: 0, limit, out };
    loop {
        let step = source.step(from, limits.idle_time).await;
        let length = match step.map_err(of_answer)? {
            Piece::End => break,
            Piece::Data(length) => length,
        };
        let carried = counted(length);
        // Of an encoding that decodes to nothing, too, there is an end.
        if counters.back.add(carried) > limit {
            return Err(Failure::AnswerLong.into());
        }
        for decoded in decoder.take(&from.available()[..length]) {
            given.give(decoded?).await?;
        }
        from.consume(length);
    }
    given.give(decoder.end()?).await
}

/// What was given of a body so far.
struct Given<'g> {
    bytes: u64,
    limit: u64,
    out: &'g Out,
}

impl Given<'_> {
    async fn give(&mut self, data: Vec<u8>) -> Result<(), FetchError> {
        self.bytes += counted(data.len());
        if self.bytes > self.limit {
            return Err(Failure::AnswerLong.into());
        }
        if !data.is_empty() {
            self.out.give(Part::Data(data)).await;
        }
        Ok(())
    }
}
