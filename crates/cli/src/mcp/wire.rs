//! The transport: standard input and output.

use std::io;
use std::sync::Arc;
use std::thread;

use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::mpsc::{self, Receiver};
use tokio::sync::{Mutex, watch};

use super::incoming::{self, Incoming};
use super::lines::{Line, Lines, MAX_LINE};
use super::outbox::{Closed, Outbox};

/// Lines in, lines out. A copy is the same wire: the protocol's library takes one for itself, and
/// gives it up when a client does not begin as it should.
#[derive(Clone)]
pub(super) struct Wire {
    lines: Arc<Mutex<Receiver<Line>>>,
    outbox: Outbox,
    /// Whether the command was interrupted.
    ended: watch::Receiver<bool>,
    /// An answer that is not sent yet. It stays here while it waits for room, since whoever receives
    /// may stop at any time and begin anew.
    answer: Option<Box<ServerJsonRpcMessage>>,
}

impl Wire {
    pub(super) fn new(outbox: Outbox, ended: watch::Receiver<bool>) -> io::Result<Self> {
        // One at a time: a client that writes faster than it is served waits.
        let (send, lines) = mpsc::channel(1);
        thread::Builder::new().name("aether-mcp-in".to_owned()).spawn(move || {
            let mut from = Lines::new(io::stdin().lock(), MAX_LINE);
            // What cannot be read any more has ended.
            while let Ok(Some(line)) = from.next() {
                if send.blocking_send(line).is_err() {
                    break;
                }
            }
        })?;
        Ok(Self { lines: Arc::new(Mutex::new(lines)), outbox, ended, answer: None })
    }

    /// Nothing at the end.
    async fn next(&mut self) -> Option<ClientJsonRpcMessage> {
        loop {
            if let Some(answer) = &self.answer {
                self.outbox.send(answer).await.ok()?;
                self.answer = None;
            }
            // What was asked for is answered before more is read.
            self.outbox.room().await.ok()?;
            let line = self.lines.lock().await.recv().await?;
            match line {
                Line::TooLong => self.answer = Some(Box::new(incoming::too_long())),
                Line::Whole(line) => match incoming::read(&line) {
                    Incoming::Message(message) => return Some(*message),
                    Incoming::Refused(answer) => self.answer = Some(answer),
                    Incoming::Nothing => {}
                },
            }
        }
    }
}

impl Transport<RoleServer> for Wire {
    type Error = Closed;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Closed>> + Send + 'static {
        let outbox = self.outbox.clone();
        async move { outbox.send(&message).await }
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let (mut ended, outbox) = (self.ended.clone(), self.outbox.clone());
        tokio::select! {
            biased;
            // Also where nobody can interrupt any more.
            _ = ended.wait_for(|ended| *ended) => None,
            () = outbox.closed() => None,
            message = self.next() => message,
        }
    }

    async fn close(&mut self) -> Result<(), Closed> {
        // The outbox is closed when everything that was called is over.
        Ok(())
    }
}
