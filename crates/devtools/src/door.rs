//! The door: what whoever opens it has in hand.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crate::about::{About, Target};
use crate::limits::MAX_MESSAGE_BYTES;
use crate::listen::listen;
use crate::serve::THREAD;
use crate::shared::Shared;
use crate::talk;
use crate::token::Token;

/// What happens at a door. One debugger is attached at a time: whatever is told between
/// [`Attached`](Event::Attached) and [`Detached`](Event::Detached) is of the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A debugger has attached.
    Attached,
    /// It has sent a message.
    Message(String),
    /// It has left, or was cut off. The next one attaches once this has been heard.
    Detached,
}

/// A place on loopback where one debugger at a time can attach.
///
/// Dropped, it takes leave of whoever is attached, who hears what was sent before, and waits until
/// nothing of it is left: no socket, no thread, no event to come. That takes as long as `on_event`
/// does, and some seconds more where a debugger does not take its leave. Nothing is waited for where
/// `on_event` itself drops it.
pub struct Door {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Listens at this port of 127.0.0.1, or at any free one for 0.
    ///
    /// `on_event` is called on a thread of the door, for one event after the other. While it runs,
    /// nothing more is read from the debugger. It may [`send`](Self::send). Should it panic, the
    /// debugger is cut off and no [`Detached`](Event::Detached) is told.
    ///
    /// # Errors
    /// The port is taken or may not be used, or the system gives no random bytes or no thread.
    pub fn open(
        port: u16,
        target: Target,
        on_event: impl Fn(Event) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let about = About { address: listener.local_addr()?, token: Token::random()?, target };
        let shared = Arc::new(Shared::new(about, on_event));
        let here = Arc::clone(&shared);
        let thread = thread::Builder::new().name(THREAD.to_owned());
        let thread = Some(thread.spawn(move || listen(listener, &here))?);
        Ok(Self { shared, thread })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.about.address
    }

    /// Where a debugger attaches: `ws://127.0.0.1:PORT/TOKEN`. Whoever has this may attach.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        self.shared.about.websocket_url()
    }

    /// What a person types into Chrome to debug with its DevTools; `chrome://inspect` leads there too.
    /// Whoever has this may attach.
    #[must_use]
    pub fn devtools_url(&self) -> String {
        self.shared.about.devtools_url()
    }

    /// Sends a message to the debugger that is attached. Does nothing where none is.
    ///
    /// It goes out after those that the same thread has sent before. Where
    /// [`MAX_WAITING_BYTES`](crate::MAX_WAITING_BYTES) wait already, this waits too, but no longer
    /// than [`STALL_TIME`](crate::STALL_TIME): then the debugger is cut off. So is one for which there
    /// is a message of more than [`MAX_MESSAGE_BYTES`].
    pub fn send(&self, message: &str) {
        let Some(line) = self.shared.attached() else { return };
        if message.len() > MAX_MESSAGE_BYTES {
            line.close(talk::too_large());
        } else {
            line.push(talk::text_frame(message));
        }
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Door").field("address", &self.address()).finish_non_exhaustive()
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.shared.close();
        let Some(thread) = self.thread.take() else { return };
        thread.thread().unpark();
        if !self.shared.is_teller() {
            // It does not panic: what others wrote runs on threads of its own.
            drop(thread.join());
        }
    }
}
