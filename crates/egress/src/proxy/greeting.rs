//! The first bytes of a tunnel.

use tokio::time::{Duration, timeout};

use super::body::send;
use super::client::Context;
use super::connection::Side;
use super::tunnel::Ended;
use crate::decide::{Host, Why};
use crate::failure::Failure;
use crate::wire::{ClientHello, HelloError, MAX_HELLO};

/// A fatal alert, `unrecognized_name`: a TLS client then says more than that the connection broke.
const UNRECOGNIZED_NAME: [u8; 7] = [21, 3, 3, 0, 2, 2, 112];

/// Waits for the TLS greeting and holds its server name against the host. The bytes stay where they
/// are, to be sent on.
pub(super) async fn greet(context: &Context, side: &mut Side, host: &Host) -> Result<(), Ended> {
    let greeted = timeout(context.limits().head_time, wait(side, host)).await;
    let greeted = greeted.unwrap_or(Err(Failure::ClientIdle.into()));
    if let Err(Ended::Denied(_)) = greeted {
        let idle = context.limits().idle_time;
        let _gone = send(&mut side.output, &UNRECOGNIZED_NAME, idle).await;
    }
    greeted
}

async fn wait(side: &mut Side, host: &Host) -> Result<(), Ended> {
    loop {
        match ClientHello::parse(side.input.available()) {
            Ok(Some(hello)) => return check(&hello, host),
            Ok(None) if side.input.available().len() >= MAX_HELLO => {
                return Err(Failure::Hello.into());
            }
            Ok(None) => {}
            Err(HelloError::NotTls) => return Err(Ended::Denied(Why::NotTls)),
            Err(HelloError::ServerName) => return Err(Ended::Denied(Why::ServerName)),
            Err(HelloError::TooLong | HelloError::Malformed) => {
                return Err(Failure::Hello.into());
            }
        }
        if !matches!(side.input.fill(Duration::MAX).await, Ok(1..)) {
            return Err(Failure::Client.into());
        }
    }
}

fn check(hello: &ClientHello, host: &Host) -> Result<(), Ended> {
    if hello.is_encrypted {
        return Err(Ended::Denied(Why::EncryptedHello));
    }
    // By the standard a greeting names no address.
    let same = match host.address() {
        Some(_) => hello.server_name.is_none(),
        None => hello.server_name.as_ref() == Some(host),
    };
    if same { Ok(()) } else { Err(Ended::Denied(Why::ServerName)) }
}
