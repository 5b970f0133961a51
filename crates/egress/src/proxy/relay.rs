//! Bytes both ways, whatever they mean.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::Duration;

use super::blame::{to_client, to_server};
use super::body::send;
use super::connection::Side;
use super::incoming::{Incoming, ReadError};
use super::record::Counters;
use crate::counted::counted;
use crate::failure::Failure;
use crate::limits::Limits;

/// Carries bytes both ways until both ends, within the limits of tunnels but for their time.
pub(super) async fn both<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    side: &mut Side,
    (server_in, server_out): (&mut Incoming<R>, &mut W),
    counters: &Counters,
    limits: &Limits,
) -> Result<(), Failure> {
    let (bytes, idle) = (limits.tunnel_bytes, limits.idle_time);
    let out = Way { from: &mut side.input, to: server_out, is_out: true };
    let back = Way { from: server_in, to: &mut side.output, is_out: false };
    tokio::try_join!(relay(out, counters, bytes, idle), relay(back, counters, bytes, idle))?;
    Ok(())
}

/// One direction.
struct Way<'w, R, W> {
    from: &'w mut Incoming<R>,
    to: &'w mut W,
    /// Whether it leads to the server.
    is_out: bool,
}

/// Carries bytes one way until their end, and then tells the other side of it. Silence counts only
/// while the other direction is silent too.
async fn relay<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
    way: Way<'_, R, W>,
    counters: &Counters,
    limit: u64,
    idle: Duration,
) -> Result<(), Failure> {
    let Way { from, to, is_out } = way;
    let (count, near) = if is_out {
        (&counters.out, Failure::Client)
    } else {
        (&counters.back, Failure::Server(std::io::ErrorKind::ConnectionReset))
    };
    let far = if is_out { to_server } else { to_client };
    loop {
        let data = from.available();
        if !data.is_empty() {
            let length = data.len();
            count.add(counted(length));
            if counters.both() > limit {
                return Err(Failure::TunnelBytes);
            }
            send(to, data, idle).await.map_err(far)?;
            from.consume(length);
        }
        let before = counters.both();
        match from.fill(idle).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(ReadError::Time) if counters.both() != before => {}
            Err(ReadError::Time) => {
                return Err(if is_out { Failure::ClientIdle } else { Failure::ServerIdle });
            }
            Err(_) => return Err(near),
        }
    }
    // A peer that is gone need not be told.
    let _gone = to.shutdown().await;
    Ok(())
}
