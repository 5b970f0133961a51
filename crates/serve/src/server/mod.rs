//! The server: where it listens, whom it lets in, and how it ends.

mod answer;
mod body;
mod events;
mod patient;
mod work;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use aether::Host;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};

use crate::answers::Served;
use crate::cells::Cells;
use crate::door::Guard;
use crate::settings::{CALLS, CONNECTIONS, FIELDS, HEAD, HEAD_TIME, LAST_ANSWERS, SWEEP, WORK};
use crate::{Feed, Settings, Token, TokenError};
use patient::Patient;
use work::Desks;

/// What is said to a connection for which there is no room.
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 1\r\nContent-Type: application/json\r\nContent-Length: 113\r\n\r\n{\"error\":{\"code\":\"busy\",\"fix\":\"close some of the connections\",\"message\":\"too many connections are open at once\"}}";

/// How long it is waited after a connection could not be taken, as when there are no descriptors left.
const BREATHER: Duration = Duration::from_millis(100);

/// Threads that wait for cells and the disk: those of calls and of other work, and a few for the runtime.
const THREADS: usize = CALLS + WORK + 8;

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Other machines would reach it.
    #[error(
        "{0} is no address of this machine alone: what is said there can be read on the way, the token too"
    )]
    Beyond(SocketAddr),
    /// It cannot be listened there.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// The system's error.
        error: std::io::Error,
    },
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The system gives no threads or timers.
    #[error("cannot serve: {0}")]
    Runtime(std::io::Error),
}

/// A host that answers over HTTP. Made, it listens; [`Server::serve`] answers.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    token: Token,
    shared: Arc<Shared>,
}

/// What all connections share.
#[derive(Debug)]
struct Shared {
    guard: Guard,
    cells: Cells,
    served: Served,
    desks: Desks,
    /// Most bytes of a body.
    body: usize,
    name: String,
    stop: watch::Sender<bool>,
}

/// Ends a server from elsewhere.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// Has it stop: no connection is taken any more, cells end in good order.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }
}

impl Server {
    /// Listens. The feed is the one that the host's listener tells.
    ///
    /// # Errors
    /// [`ServeError`].
    pub fn bind(host: Host, feed: Feed, settings: &Settings) -> Result<Self, ServeError> {
        if !settings.listen.ip().is_loopback() && !settings.anywhere {
            return Err(ServeError::Beyond(settings.listen));
        }
        let failed = |error| ServeError::Listen { address: settings.listen, error };
        let listener = TcpListener::bind(settings.listen).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let token = settings.token.clone().map_or_else(Token::random, Ok)?;
        let shared = Shared {
            guard: Guard::new(address, token.clone()),
            cells: Cells::new(host, feed),
            served: Served::default(),
            desks: Desks::default(),
            body: settings.body,
            name: settings.name.clone(),
            stop: watch::Sender::new(false),
        };
        Ok(Self { listener, address, token, shared: Arc::new(shared) })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What whoever gives orders must know.
    #[must_use]
    pub const fn token(&self) -> &Token {
        &self.token
    }

    /// The live page with the token, for a browser. What stands behind `#` a browser sends to nobody.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/#token={}", self.reachable(), self.token.secret())
    }

    /// Where this machine reaches it: an address, also where it listens at all of them.
    #[must_use]
    pub fn reachable(&self) -> SocketAddr {
        let own: IpAddr = match self.address.ip() {
            IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            own => own,
        };
        SocketAddr::new(own, self.address.port())
    }

    /// What ends it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Loads the plugin in a folder, so that it can be started.
    ///
    /// # Errors
    /// [`aether::LoadError`].
    pub fn load(&self, folder: &std::path::Path) -> Result<String, aether::LoadError> {
        let plugin = self.shared.cells.host.load(folder)?;
        let name = plugin.identity().name.clone();
        self.shared.cells.keep(plugin);
        Ok(name)
    }

    /// Answers until it is told to stop. Then every cell has ended.
    ///
    /// # Errors
    /// [`ServeError::Runtime`].
    pub fn serve(self) -> Result<(), ServeError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(THREADS)
            .thread_name("aether-serve")
            .build()
            .map_err(ServeError::Runtime)?;
        let shared = Arc::clone(&self.shared);
        let served = runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(self.listener);
            listen(&shared, listener.map_err(ServeError::Runtime)?).await;
            Ok(())
        });
        runtime.shutdown_timeout(LAST_ANSWERS);
        // What was being started meanwhile.
        shared.cells.stop_all();
        served
    }
}

async fn listen(shared: &Arc<Shared>, listener: tokio::net::TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut stop = shared.stop.subscribe();
    tokio::spawn(sweep(Arc::clone(shared)));
    loop {
        let taken = tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => break,
            taken = listener.accept() => taken,
        };
        let Ok((stream, _)) = taken else {
            tokio::time::sleep(BREATHER).await;
            continue;
        };
        match Arc::clone(&places).try_acquire_owned() {
            Ok(place) => {
                let shared = Arc::clone(shared);
                tokio::spawn(async move {
                    connection(shared, stream).await;
                    drop(place);
                });
            }
            // Whoever does not hear it sees the connection closed.
            Err(_) => drop(stream.try_write(FULL)),
        }
    }
    drop(listener);
    let cells = Arc::clone(shared);
    // Calls under way are answered when their cells end.
    drop(tokio::task::spawn_blocking(move || cells.cells.stop_all()).await);
    let all = u32::try_from(CONNECTIONS).unwrap_or(u32::MAX);
    drop(tokio::time::timeout(LAST_ANSWERS, places.acquire_many(all)).await);
}

/// Has the host forget cells that have ended, until the server stops.
async fn sweep(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    while tokio::time::timeout(SWEEP, stop.wait_for(|stop| *stop)).await.is_err() {
        let here = Arc::clone(&shared);
        drop(tokio::task::spawn_blocking(move || here.cells.sweep()).await);
    }
}

async fn connection(shared: Arc<Shared>, stream: TcpStream) {
    let mut stop = shared.stop.subscribe();
    let service = service_fn(move |request| answer::answer(Arc::clone(&shared), request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
    builder.max_buf_size(HEAD).max_headers(FIELDS);
    let io = TokioIo::new(Patient::new(stream));
    let mut served = std::pin::pin!(builder.serve_connection(io, service));
    tokio::select! {
        // A connection that fails is its client's affair.
        _ = served.as_mut() => return,
        _ = stop.wait_for(|stop| *stop) => served.as_mut().graceful_shutdown(),
    }
    drop(served.await);
}
