//! A plugin as a server of the Model Context Protocol: its methods are tools, its log and progress
//! are notifications. Messages are lines of JSON on the standard streams; the library `rmcp` knows
//! the protocol, and what is read from a line before it gets there is decided here.

mod answers;
mod incoming;
mod lines;
mod news;
mod outbox;
mod server;
mod tools;
mod wire;
mod worker;

use std::io;
use std::time::Duration;

use aether::{Event, KeptPlugin, Violation};
use tokio::sync::watch;

use crate::interrupt;
use news::News;
use outbox::Outbox;
use server::Server;
use tools::Tools;
use wire::Wire;
use worker::Worker;

/// What answers, log and progress go through to the client.
#[derive(Clone)]
pub(crate) struct Client {
    outbox: Outbox,
    news: News,
}

impl Client {
    /// The one at standard output, for the plugin of this name.
    pub(crate) fn at_standard_output(plugin: &str) -> Self {
        let outbox = Outbox::open(io::stdout());
        Self { news: News::new(outbox.clone(), plugin), outbox }
    }

    /// Passes on what the client wants to know of.
    pub(crate) fn event(&self, event: &Event) {
        self.news.event(event);
    }
}

/// Serves until the client has closed its end, or the command is interrupted; gives the violation
/// that the plugin was ended for, if it was. A call takes no longer than `limit`.
pub(crate) fn serve(
    kept: KeptPlugin,
    client: &Client,
    limit: Duration,
) -> io::Result<Option<Violation>> {
    let (end, ended) = watch::channel(false);
    interrupt::then(move || {
        end.send_replace(true);
    });
    let tools = Tools::of(kept.plugin(), kept.exports());
    let info = server::info(kept.plugin());
    let worker = Worker::start(kept, client.news.clone(), limit)?;
    let server = Server::new(tools, info, worker.desk(), client.news.clone());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(server::run(&server, Wire::new(client.outbox.clone(), ended)?));
    // With it go the calls that nobody waits for any more.
    drop(runtime);
    drop(server);
    let violation = worker.end();
    client.outbox.close();
    Ok(violation)
}
