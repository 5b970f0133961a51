//! Tunnels that end at the gateway, which then decides on each request inside.

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
        voice.refuse(&mut side, &Answer::failed(&failure)).await;
        return;
    };
    match open(context, &mut side, host, voice).await {
        Ok(()) => {}
        Err(Ended::Denied(why)) => {
            let denied = context.rules.denied_tunnel(host, port, why, None);
            // The connection closes, recorded or not.
            let _recorded = record::denied(&context.shared, subject, &denied, 200);
            return;
        }
        Err(Ended::Failed(_)) => return,
    }
    let idle = context.limits().idle_time;
    let accepted = TlsAcceptor::from(config).accept(side.into_stream());
    // Mostly a client that does not know the authority; nothing was asked for yet.
    let Ok(Ok(stream)) = timeout(context.limits().head_time, accepted).await else { return };
    let mut side = Side::new(Box::new(stream), idle);
    let inside = serve_requests(context, &mut side, Spoken::InTunnel(host, port));
    // Each request has its end recorded, by the record itself where it is cut off here.
    let _out_of_time = timeout(context.limits().tunnel_time, inside).await;
}
