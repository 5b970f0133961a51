//! Events as a stream that a browser and curl can read: `text/event-stream`.

use std::fmt::Write as _;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use serde_json::json;
use tokio::sync::mpsc::Sender;
use tokio::sync::{OwnedSemaphorePermit, watch};

use crate::Feed;
use crate::feed::Next;
use crate::refusal::Refusal;

/// Bytes of events that are sent as one piece, about.
const PIECE: usize = 32 << 10;

/// How often a word is sent where nothing happens, so that a reader who is gone is noticed.
const ALIVE: Duration = Duration::from_secs(15);

/// The event after which a reader begins: the one that it names, otherwise the newest there is.
pub(super) fn first(headers: &HeaderMap, feed: &Feed) -> Result<u64, Refusal> {
    let newest = *feed.newest().borrow();
    match headers.get("last-event-id") {
        None => Ok(newest),
        Some(said) => {
            said.to_str().ok().and_then(|said| said.parse().ok()).ok_or_else(|| {
                Refusal::bad("odd-field", "`Last-Event-ID` is the number of an event")
            })
        }
    }
}

/// Sends events until the reader is gone or the server stops.
pub(super) async fn pump(
    feed: Feed,
    mut after: u64,
    send: Sender<Bytes>,
    mut stop: watch::Receiver<bool>,
    _place: OwnedSemaphorePermit,
) {
    let mut newest = feed.newest();
    // Whoever waits for the answer's head sees that it is there.
    let mut piece = String::from(": events\n\n");
    loop {
        newest.mark_unchanged();
        gather(&feed, &mut after, &mut piece);
        let is_all = piece.len() < PIECE;
        if !piece.is_empty() && send.send(Bytes::from(std::mem::take(&mut piece))).await.is_err() {
            return;
        }
        if !is_all {
            continue;
        }
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            () = send.closed() => return,
            changed = newest.changed() => if changed.is_err() { return },
            () = tokio::time::sleep(ALIVE) => piece.push_str(": alive\n\n"),
        }
    }
}

/// Writes what comes next, up to a piece.
fn gather(feed: &Feed, after: &mut u64, piece: &mut String) {
    while piece.len() < PIECE {
        let (number, kind, text) = match feed.after(*after) {
            Next::Nothing => return,
            Next::Event(entry) => (entry.number, entry.kind, entry.text),
            Next::Lost(from, to) => {
                (to, "lost", json!({ "from": from, "to": to }).to_string().into())
            }
        };
        *after = number;
        // Writing to a String cannot fail.
        let _ = write!(piece, "id: {number}\nevent: {kind}\ndata: {text}\n\n");
    }
}
