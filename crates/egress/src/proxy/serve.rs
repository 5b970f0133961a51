//! One client's listener and its connections.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::ThreadId;

use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep, timeout};

use super::Duplex;
use super::client::{Context, Shared};
use super::connection::serve_proxy;
use super::listener::Accepting;
use crate::decide::Rules;

/// How long to wait when the system has no descriptor to spare.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A listener that is served. Dropping it closes the listener, every connection and every tunnel,
/// soon; [`close`](Self::close) waits for it.
pub struct Served {
    commands: mpsc::UnboundedSender<Command>,
    /// The thread that serves, which must not wait for itself.
    thread: ThreadId,
}

enum Command {
    /// New rules; what was opened under the old ones is closed.
    Rules(Arc<Rules>, SyncSender<()>),
    /// Close everything, after so long what has not ended by itself.
    Close(Duration, SyncSender<()>),
}

impl Served {
    /// Puts other rules in force: connections and tunnels that were opened under the old ones are
    /// closed, also those that the new ones would allow. Returns when they are, unless it is called
    /// from where events are taken.
    pub fn replace_rules(&self, rules: Arc<Rules>) {
        let (done, wait) = sync_channel(1);
        self.tell(Command::Rules(rules, done), &wait);
    }

    /// Closes the listener, every connection and every tunnel, and records their ends. Returns when
    /// that is done, unless it is called from where events are taken.
    pub fn close(self) {
        self.close_after(Duration::ZERO);
    }

    /// The same for a client that is gone: takes nothing more, but lets what is under way find out
    /// by itself for so long, so that what had ended is recorded as such.
    pub fn close_after(self, patience: Duration) {
        let (done, wait) = sync_channel(1);
        self.tell(Command::Close(patience, done), &wait);
    }

    fn tell(&self, command: Command, wait: &Receiver<()>) {
        // When the gateway has ended, everything is closed.
        let told = self.commands.send(command).is_ok();
        if told && std::thread::current().id() != self.thread {
            let _ended = wait.recv();
        }
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
    thread: ThreadId,
    listener: super::Listener,
    shared: Shared,
    rules: Arc<Rules>,
    all: Arc<Semaphore>,
) -> io::Result<Served> {
    let listener = {
        let _within = handle.enter();
        Accepting::new(listener)?
    };
    let (commands, received) = mpsc::unbounded_channel();
    let door = Door {
        listener,
        own: Arc::new(Semaphore::new(shared.limits.connections)),
        all,
        shared: Arc::new(shared),
    };
    handle.spawn(run(door, rules, received));
    Ok(Served { commands, thread })
}

struct Door {
    listener: Accepting,
    own: Arc<Semaphore>,
    all: Arc<Semaphore>,
    shared: Arc<Shared>,
}

/// Room for one connection, of the client's own and of all.
struct Room {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

async fn run(door: Door, mut rules: Arc<Rules>, mut commands: mpsc::UnboundedReceiver<Command>) {
    let mut connections = JoinSet::new();
    let mut next = Box::pin(door.next());
    let done = loop {
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                Some(Command::Rules(new, done)) => {
                    rules = new;
                    connections.shutdown().await;
                    let _unheard = done.send(());
                }
                Some(Command::Close(patience, done)) => break Some((patience, done)),
                None => break None,
            },
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, room) = &mut next => {
                let context =
                    Context { shared: Arc::clone(&door.shared), rules: Arc::clone(&rules) };
                connections.spawn(async move {
                    serve_proxy(context, stream).await;
                    drop(room);
                });
                next = Box::pin(door.next());
            }
        }
    };
    drop(next);
    drop(door);
    if let Some((patience, _)) = &done {
        let ended = async { while connections.join_next().await.is_some() {} };
        // What is left is closed below.
        let _ended = timeout(*patience, ended).await;
    }
    connections.shutdown().await;
    if let Some((_, done)) = done {
        let _unheard = done.send(());
    }
}

/// Room for one. The semaphores are never closed; with one that is, nobody is served.
async fn room(of: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    match Arc::clone(of).acquire_owned().await {
        Ok(room) => room,
        Err(_) => std::future::pending().await,
    }
}

impl Door {
    /// The next connection, once there is room for it and its turn has come.
    async fn next(&self) -> (Box<dyn Duplex>, Room) {
        let own = room(&self.own).await;
        self.shared.pace.turn().await;
        let stream = loop {
            match self.listener.accept().await {
                Ok(stream) => break stream,
                // Most likely there is no descriptor to spare, or the client has left already.
                Err(_) => sleep(ACCEPT_PAUSE).await,
            }
        };
        // After the connection is there: a listener that nobody connects to takes no room.
        let all = room(&self.all).await;
        (stream, Room { _own: own, _all: all })
    }
}
