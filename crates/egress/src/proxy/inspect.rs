//! Tunnels that end at the gateway, which then decides on each request inside.

use std::sync::Arc;

use rustls::ServerConfig;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::answer::Answer;
use super::client::Context;
use super::connection::{Side, serve_requests};
use super::record::{self, Subject};
use super::tunnel::{Ended, open};
use super::voice::Voice;
use crate::failure::Failure;
use crate::wire::Spoken;

/// Serves the requests inside a tunnel. Server name, `Host` and the tunnel's host are one, and the
/// server is spoken to by TLS again.
pub(super) async fn serve(context: &Context, mut side: Side, subject: &Subject<'_>, voice: Voice) {
    let (host, port) = (subject.host, subject.port);
    let Ok(config) = context.shared.authority.server(host) else {
        let failure = Failure::Tls("its certificate could not be made".to_owned());
        let answer = Answer::failed(&failure);
        // Nothing follows that a lost record could stop, here and below.
        let _recorded = record::failed(&context.shared, subject, failure, answer.status);
        voice.refuse(&mut side, &answer).await;
        return;
    };
    let secured = match open(context, &mut side, host, voice).await {
        Ok(()) => secure(context, side, config).await,
        Err(ended) => Err(ended),
    };
    let mut side = match secured {
        Ok(side) => side,
        Err(Ended::Denied(why)) => {
            let denied = context.rules.denied_tunnel(host, port, why, None);
            let _recorded = record::denied(&context.shared, subject, &denied, 200);
            return;
        }
        Err(Ended::Failed(failure)) => {
            let _recorded = record::failed(&context.shared, subject, failure, 200);
            return;
        }
    };
    let inside = serve_requests(context, &mut side, Spoken::InTunnel(host, port));
    // Each request has its end recorded, by the record itself where it is cut off here.
    let _out_of_time = timeout(context.limits().tunnel_time, inside).await;
}

/// Agrees on TLS with the client, which mostly fails where it does not know the authority.
async fn secure(context: &Context, side: Side, config: Arc<ServerConfig>) -> Result<Side, Ended> {
    let accepted = TlsAcceptor::from(config).accept(side.into_stream());
    let accepted = timeout(context.limits().head_time, accepted).await;
    let stream = accepted.map_err(|_| Failure::ClientIdle)?;
    let stream = stream.map_err(|error| Failure::ClientTls(error.to_string()))?;
    Ok(Side::new(Box::new(stream), context.limits().idle_time))
}
