//! Bodies: those that come in, within limits, and those that go out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::{BodyExt as _, Either, Full, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::{Body, Bytes, Frame, Incoming};
use tokio::sync::mpsc::Receiver;

use crate::refusal::Refusal;
use crate::settings::BODY_TIME;

/// What is sent: something whole, or pieces as they come.
pub(super) type Outgoing = Either<Full<Bytes>, Pieces>;

/// Something whole.
pub(super) fn whole(text: impl Into<Bytes>) -> Outgoing {
    Either::Left(Full::new(text.into()))
}

/// Pieces as they come.
pub(super) const fn pieces(receiver: Receiver<Bytes>) -> Outgoing {
    Either::Right(Pieces(receiver))
}

/// See [`pieces`].
pub(super) struct Pieces(Receiver<Bytes>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}

/// Takes in a whole body.
pub(super) async fn read(body: Incoming, most: usize) -> Result<Bytes, Refusal> {
    let declared = body.size_hint().lower();
    if declared > most as u64 {
        return Err(too_large(most));
    }
    let read = tokio::time::timeout(BODY_TIME, Limited::new(body, most).collect()).await;
    match read {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(most)),
        Ok(Err(_)) => Err(Refusal::bad("cut-off", "the body ends before its end")),
        Err(_) => {
            let seconds = BODY_TIME.as_secs();
            let message = format!("the body did not come within {seconds} s");
            Err(Refusal::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message))
        }
    }
}

fn too_large(most: usize) -> Refusal {
    let message = format!("the body is larger than {most} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message)
        .fix("put large data into files that the plugin may read")
}
