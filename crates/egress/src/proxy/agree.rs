//! The beginning of a tunnel, until its client can name no other server.
//!
//! A TLS server may ask for a second greeting, and a client that was let through with the right name
//! in the first could name another in the second, which some servers then go by. So nothing behind
//! the first greeting is sent on before the server has answered it, and a second one is held to the
//! same. Later ones, of versions before 1.3, are encrypted: nobody between can read them.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Duration;

use super::blame::{to_client, to_server};
use super::body::{BodyError, send};
use super::client::Context;
use super::connection::Side;
use super::greeting::greet;
use super::incoming::{Incoming, ReadError};
use super::record::{Count, Counters};
use super::tunnel::Ended;
use crate::counted::counted;
use crate::decide::Host;
use crate::failure::Failure;
use crate::wire::{ClientHello, asks_again};

/// Kinds of records that may stand before a second greeting: the filler that passes for an older
/// version, alerts, and data that was sent too early, which the server drops.
const BETWEEN: [u8; 3] = [20, 21, 23];
/// Longest record, with its header: some versions let encryption add so much.
const MAX_RECORD: usize = 5 + 16 * 1024 + 2048;

/// Carries what client and server say until the relay may take over. The first greeting is there, and
/// was checked.
pub(super) async fn agree<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    context: &Context,
    side: &mut Side,
    server: (&mut Incoming<R>, &mut W),
    host: &Host,
    counters: &Counters,
) -> Result<(), Ended> {
    let (server_in, server_out) = server;
    let idle = context.limits().idle_time;
    let Ok(Some(hello)) = ClientHello::parse(side.input.available()) else {
        return Err(Failure::Hello.into());
    };
    pass_on(side, server_out, hello.length, &counters.out, idle).await?;
    if !is_asked_again(side, server_in, idle).await? {
        return Ok(());
    }
    let asked = server_in.available().len();
    let told = pass(server_in, &mut side.output, asked, &counters.back, idle).await;
    told.map_err(to_client)?;
    loop {
        match side.input.available() {
            [kind, ..] if !BETWEEN.contains(kind) => return greet(context, side, host).await,
            bytes => match record_length(bytes) {
                Some(length) if length > MAX_RECORD => return Err(Failure::Hello.into()),
                Some(length) if length <= bytes.len() => {
                    pass_on(side, server_out, length, &counters.out, idle).await?;
                    continue;
                }
                _ => {}
            },
        }
        match side.input.fill(idle).await {
            Ok(1..) => {}
            Err(ReadError::Time) => return Err(Failure::ClientIdle.into()),
            _ => return Err(Failure::Client.into()),
        }
    }
}

/// Waits until it is certain whether the server asks for another greeting. A server that leaves
/// without a word asks for none.
async fn is_asked_again<R: AsyncRead + Unpin>(
    side: &mut Side,
    server_in: &mut Incoming<R>,
    idle: Duration,
) -> Result<bool, Failure> {
    loop {
        if let Some(asked) = asks_again(server_in.available()) {
            return Ok(asked);
        }
        let read = tokio::select! {
            biased;
            read = server_in.fill(idle) => read,
            () = side.input.gone() => return Err(Failure::Client),
        };
        match read {
            Ok(0) => return Ok(false),
            Ok(_) => {}
            Err(ReadError::Time) => return Err(Failure::ServerIdle),
            Err(ReadError::Broken(kind)) => return Err(Failure::Server(kind)),
            Err(_) => return Err(Failure::Server(std::io::ErrorKind::InvalidData)),
        }
    }
}

/// The length of a record with its header, once that is there.
fn record_length(bytes: &[u8]) -> Option<usize> {
    let &[_, _, _, high, low] = bytes.first_chunk()?;
    Some(5 + usize::from(u16::from_be_bytes([high, low])))
}

/// Sends so many of the client's bytes on to the server.
async fn pass_on<W: AsyncWrite + Unpin>(
    side: &mut Side,
    to: &mut W,
    length: usize,
    count: &Count,
    idle: Duration,
) -> Result<(), Failure> {
    pass(&mut side.input, to, length, count, idle).await.map_err(to_server)
}

/// Sends so many of the bytes that are there.
async fn pass<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    from: &mut Incoming<R>,
    to: &mut W,
    length: usize,
    count: &Count,
    idle: Duration,
) -> Result<(), BodyError> {
    let bytes = &from.available()[..length];
    count.add(counted(length));
    send(to, bytes, idle).await?;
    from.consume(length);
    Ok(())
}
