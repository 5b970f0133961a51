//! What a plugin says on the way, as notifications.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aether::source::printable;
use aether::{Event, Level};
use rmcp::model::ProgressToken;
use serde_json::{Value, json};

use super::outbox::Outbox;
use super::worker::Wish;

/// The log's levels as the protocol has them, the least important first.
const LEVELS: [&str; 8] =
    ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

/// No line is important enough.
const SILENT: u8 = LEVELS.len() as u8;

/// What a client that has not said anything gets.
const USUAL: u8 = 1;

/// Tells a client of log and progress. What it does not read in time is lost; people find the log on
/// standard error all the same. Sentences of the plugin are escaped, since a client shows them;
/// values are as they are.
#[derive(Clone)]
pub(super) struct News {
    outbox: Outbox,
    plugin: Arc<str>,
    /// The place in [`LEVELS`] of the least that the client wants to hear.
    least: Arc<AtomicU8>,
    /// The number of the plugin's own cell that runs, or ran last; 0 before the first. What others
    /// say, that it calls, is none of the client's.
    cell: Arc<AtomicU32>,
    /// What is called now, if the client wants to hear of it.
    call: Arc<Mutex<Option<Called>>>,
}

/// A call whose progress the client wants to hear of, for as long as it wants the call.
struct Called {
    token: ProgressToken,
    wish: Arc<Wish>,
    /// What was told last.
    last: f64,
}

impl News {
    pub(super) fn new(outbox: Outbox, plugin: &str) -> Self {
        let least = Arc::new(AtomicU8::new(SILENT));
        let (cell, call) = (Arc::default(), Arc::default());
        Self { outbox, plugin: plugin.into(), least, cell, call }
    }

    /// The client listens from now on.
    pub(super) fn listen(&self) {
        // Unless it has said already what it wants to hear.
        let heard = Ordering::Relaxed;
        _ = self.least.compare_exchange(SILENT, USUAL, heard, heard);
    }

    /// The client wants to hear of this level and of those above; `false` where it is none.
    pub(super) fn wants(&self, level: &Value) -> bool {
        let place = LEVELS.iter().position(|known| level == *known);
        let place = place.and_then(|place| u8::try_from(place).ok());
        place.inspect(|place| self.least.store(*place, Ordering::Relaxed)).is_some()
    }

    /// A call begins.
    pub(super) fn begin(&self, progress: Option<(ProgressToken, Arc<Wish>)>) {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) =
            progress.map(|(token, wish)| Called { token, wish, last: f64::NEG_INFINITY });
    }

    /// It is over.
    pub(super) fn end(&self) {
        self.begin(None);
    }

    pub(super) fn event(&self, event: &Event) {
        match event {
            Event::Starting { cell, plugin, .. } if **plugin == *self.plugin => {
                self.cell.store(*cell, Ordering::Relaxed);
            }
            Event::Log { cell, level, message, fields } if self.is_own(*cell) => {
                let data = match fields.is_empty() {
                    true => json!(printable(message)),
                    false => json!({ "message": printable(message), "fields": fields }),
                };
                self.log(place(*level), &data);
            }
            Event::LogCapped { cell } if self.is_own(*cell) => {
                self.log(place(Level::Warn), &json!("further log lines are dropped"));
            }
            Event::Denied { cell, denied } if self.is_own(*cell) => {
                let message = printable(&denied.message);
                let data = json!({ "denied": message, "manifest": denied.manifest_line });
                self.log(place(Level::Warn), &data);
            }
            Event::Progress { cell, fraction, message, .. } if self.is_own(*cell) => {
                self.progress(*fraction, message);
            }
            _ => {}
        }
    }

    fn is_own(&self, cell: u32) -> bool {
        self.cell.load(Ordering::Relaxed) == cell
    }

    fn log(&self, place: u8, data: &Value) {
        if place < self.least.load(Ordering::Relaxed) {
            return;
        }
        let level = LEVELS[usize::from(place)];
        let params = json!({ "level": level, "logger": &*self.plugin, "data": data });
        self.notify("notifications/message", &params);
    }

    fn progress(&self, fraction: f64, message: &str) {
        let mut call = self.call.lock().unwrap_or_else(PoisonError::into_inner);
        // Each is to be more than the one before.
        let is_news = |call: &&mut Called| fraction > call.last && call.wish.holds();
        let Some(Called { token, last, .. }) = call.as_mut().filter(is_news) else { return };
        *last = fraction;
        let message = printable(message);
        let params =
            json!({ "progressToken": token, "progress": fraction, "total": 1, "message": message });
        self.notify("notifications/progress", &params);
    }

    fn notify(&self, method: &str, params: &Value) {
        self.outbox.offer(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }
}

const fn place(level: Level) -> u8 {
    match level {
        Level::Debug => 0,
        Level::Info => 1,
        Level::Warn => 3,
        Level::Error => 4,
    }
}
