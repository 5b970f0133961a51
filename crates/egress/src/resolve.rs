//! From names to addresses.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::{Duration, timeout};

use crate::decide::Host;
use crate::failure::Failure;
use crate::turns::Turns;

/// A lookup under way.
pub type Lookup = Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, LookupError>> + Send>>;

/// Tells the addresses of names. It is asked once for each connection, and only for names that a
/// rule allows; whatever it answers is checked before it is dialled.
pub trait Resolver: Send + Sync {
    /// Looks up a name: canonical, without a trailing dot, never `localhost`.
    fn lookup(&self, name: &str) -> Lookup;
}

/// A lookup that failed, other than for want of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the lookup failed")]
pub struct LookupError;

/// The resolver of the system, on threads of its own.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn lookup(&self, name: &str) -> Lookup {
        // The dot keeps the system from trying the name below its search domains, which would be
        // another name than the one that was allowed.
        let absolute = format!("{name}.");
        Box::pin(async move {
            let found = tokio::net::lookup_host((absolute, 0)).await;
            // The system does not tell a name without addresses from a lookup that failed.
            let found = found.map_err(|_| LookupError)?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Looks up a host once, when it is the client's turn. The turn ends with the lookup itself, not with
/// the wait for it: a thread that waits for a dead name server is still there.
pub(crate) async fn addresses(
    resolver: &Arc<dyn Resolver>,
    turns: &Turns,
    client: &Arc<str>,
    limit: Duration,
    host: &Host,
) -> Result<Vec<IpAddr>, Failure> {
    if let Some(address) = host.address() {
        return Ok(vec![address]);
    }
    if host.is_localhost() {
        return Ok(vec![[127, 0, 0, 1].into(), std::net::Ipv6Addr::LOCALHOST.into()]);
    }
    let name = host.name().unwrap_or_default().to_owned();
    let resolver = Arc::clone(resolver);
    let lookup = async move {
        let turn = turns.turn(client).await.ok_or(LookupError)?;
        let task = tokio::spawn(async move {
            let found = resolver.lookup(&name).await;
            drop(turn);
            found
        });
        task.await.map_err(|_| LookupError)?
    };
    match timeout(limit, lookup).await {
        Ok(Ok(found)) if found.is_empty() => Err(Failure::NoAddress),
        Ok(Ok(found)) => Ok(found),
        Ok(Err(LookupError)) | Err(_) => Err(Failure::Lookup),
    }
}
