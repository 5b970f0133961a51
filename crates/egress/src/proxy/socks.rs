//! Clients that speak SOCKS 5.

use tokio::time::{Duration, timeout};

use super::body::send;
use super::client::Context;
use super::connection::Side;
use super::record;
use super::voice::Voice;
use crate::decide::Host;
use crate::wire::socks::{self, Reply};
use crate::wire::{HeadError, SocksError};

/// Why no tunnel was asked for.
enum Unasked {
    /// The client left, or took too long.
    Gone,
    Refused(SocksError),
}

impl From<SocksError> for Unasked {
    fn from(error: SocksError) -> Self {
        Unasked::Refused(error)
    }
}

/// The tunnel that a client asks for; nothing once it was told that there is none.
pub(super) async fn asked(context: &Context, side: &mut Side) -> Option<(Host, u16, Voice)> {
    let limits = context.limits();
    let asking = timeout(limits.head_time, ask(side, limits.idle_time)).await;
    match asking.unwrap_or(Err(Unasked::Gone)) {
        Ok((host, port)) => Some((host, port, Voice::Socks)),
        Err(Unasked::Gone) => None,
        Err(Unasked::Refused(error)) => {
            let recorded = record::refused(&context.shared, &HeadError::Socks(error.clone()));
            let unrecorded = |_| socks::reply(Reply::Failed);
            let bytes = recorded.map_or_else(unrecorded, |()| error.answer());
            side.end(&bytes).await;
            None
        }
    }
}

async fn ask(side: &mut Side, idle: Duration) -> Result<(Host, u16), Unasked> {
    let used = loop {
        match socks::greeting(side.input.available())? {
            Some(used) => break used,
            None => more(side).await?,
        }
    };
    side.input.consume(used);
    send(&mut side.output, &socks::WELCOME, idle).await.map_err(|_| Unasked::Gone)?;
    loop {
        match socks::request(side.input.available())? {
            Some((host, port, used)) => {
                side.input.consume(used);
                return Ok((host, port));
            }
            None => more(side).await?,
        }
    }
}

async fn more(side: &mut Side) -> Result<(), Unasked> {
    match side.input.fill(Duration::MAX).await {
        Ok(1..) => Ok(()),
        _ => Err(Unasked::Gone),
    }
}
