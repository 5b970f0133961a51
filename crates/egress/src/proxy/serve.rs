//! One client's listener and its connections.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use super::Duplex;
use super::client::{Context, Room, Shared};
use super::connection::serve_proxy;
use super::listener::Accepting;
use super::standing::Command;
use crate::decide::Rules;

/// How long to wait when the system has no descriptor to spare.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener that is served. Dropping it closes the listener, every connection and every tunnel,
/// soon; [`close`](Self::close) waits for it.
pub struct Served {
    commands: mpsc::UnboundedSender<Command>,
    shared: Arc<Shared>,
}

impl Served {
    /// As [`Outlet::replace_rules`](crate::Outlet::replace_rules): for all ways of the client.
    pub fn replace_rules(&self, rules: Arc<Rules>) {
        self.shared.replace_rules(rules);
    }

    /// Closes the listener, every connection and every tunnel, and records their ends. Returns when
    /// that is done, unless it is called from where events are taken.
    pub fn close(self) {
        self.shared.until_done(|done| {
            // When the gateway has ended, everything is closed.
            let _told = self.commands.send(Command::Close(Duration::ZERO, done));
        });
    }
}

impl fmt::Debug for Served {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Served").finish_non_exhaustive()
    }
}

/// Begins to serve a listener, on the runtime of `handle`.
pub(crate) fn serve(
    handle: &Handle,
    listener: super::Listener,
    shared: &Arc<Shared>,
) -> io::Result<Served> {
    let listener = {
        let _within = handle.enter();
        Accepting::new(listener)?
    };
    let (commands, received) = mpsc::unbounded_channel();
    if !shared.standing.add_listener(&commands) {
        return Err(io::ErrorKind::NotConnected.into());
    }
    handle.spawn(run(Door { listener, shared: Arc::clone(shared) }, received));
    Ok(Served { commands, shared: Arc::clone(shared) })
}

struct Door {
    listener: Accepting,
    shared: Arc<Shared>,
}

async fn run(door: Door, mut commands: mpsc::UnboundedReceiver<Command>) {
    let mut connections = JoinSet::new();
    let mut next = Box::pin(door.next());
    let last = loop {
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::Recall(done)) => {
                    connections.shutdown().await;
                    drop(done);
                }
                Some(Command::Close(patience, done)) => break Some((patience, done)),
                None => break None,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, room) = &mut next => {
                let (shared, rules) = (Arc::clone(&door.shared), door.shared.standing.rules());
                connections.spawn(async move {
                    serve_proxy(Context { shared, rules }, stream).await;
                    drop(room);
                });
                next = Box::pin(door.next());
            }
        }
    };
    drop(next);
    drop(door);
    if let Some((patience, _)) = &last {
        let ended = async { while connections.join_next().await.is_some() {} };
        // What is left is closed below.
        let _ended = timeout(*patience, ended).await;
    }
    connections.shutdown().await;
    drop(last);
}

impl Door {
    /// The next connection, once there is room for it. A listener that nobody connects to takes
    /// none, and no more than one that has connected waits for it.
    async fn next(&self) -> (Box<dyn Duplex>, Room) {
        let stream = loop {
            match self.listener.accept().await {
                Ok(stream) => break stream,
                // Most likely there is no descriptor to spare, or the client has left already.
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        };
        (stream, self.shared.room().await)
    }
}
