//! Events: what was told to whom, and what still waits.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use aether_gateway::{check_topic, limits, read_event};
use aether_manifest::TopicPattern;
use serde_json::Value;

use crate::Host;
use crate::host::lock;

/// Why an event of the host is not told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmitError {
    /// It is no topic.
    #[error("the topic cannot be used: {0}")]
    Topic(String),
    /// What it says is too large or too deep.
    #[error("what it says cannot be sent: {0}")]
    Data(String),
}

/// An event on its way to one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) topic: Arc<str>,
    /// The plugin that tells of it; empty for the host.
    pub(crate) from: Arc<str>,
    /// JSON.
    pub(crate) data: Arc<str>,
    /// Events that were dropped since the last.
    pub(crate) dropped: u64,
}

/// Everybody who listens. Under one lock, so that all hear in the same order.
#[derive(Default)]
pub(crate) struct Hub(Mutex<BTreeMap<u32, Ear>>);

/// One cell that listens.
struct Ear {
    patterns: Vec<TopicPattern>,
    waiting: VecDeque<Heard>,
    dropped: u64,
    wake: Box<dyn Fn() + Send>,
}

impl Hub {
    /// From now on the cell hears what these patterns name, and is woken for it. What it was told
    /// before still waits.
    pub(crate) fn listen(
        &self,
        cell: u32,
        patterns: Vec<TopicPattern>,
        wake: impl Fn() + Send + 'static,
    ) {
        let mut ears = lock(&self.0);
        let ear = ears.entry(cell).or_insert_with(|| Ear {
            patterns: Vec::new(),
            waiting: VecDeque::new(),
            dropped: 0,
            wake: Box::new(wake),
        });
        ear.patterns = patterns;
    }

    /// The cell has ended.
    pub(crate) fn leave(&self, cell: u32) {
        lock(&self.0).remove(&cell);
    }

    /// Tells everybody who listens, but for the cell that it comes from. Gives who that is.
    pub(crate) fn tell(&self, cell: Option<u32>, from: &str, topic: &str, data: &str) -> Vec<u32> {
        let mut heard = None;
        let mut told = Vec::new();
        for (number, ear) in lock(&self.0).iter_mut().filter(|(number, _)| Some(**number) != cell) {
            if !ear.patterns.iter().any(|pattern| pattern.matches(topic)) {
                continue;
            }
            let heard = heard.get_or_insert_with(|| Heard {
                topic: topic.into(),
                from: from.into(),
                data: data.into(),
                dropped: 0,
            });
            if ear.waiting.len() >= limits::EVENTS_WAITING {
                ear.waiting.pop_front();
                ear.dropped += 1;
            }
            ear.waiting.push_back(heard.clone());
            (ear.wake)();
            told.push(*number);
        }
        told
    }

    /// The next event for a cell.
    pub(crate) fn next(&self, cell: u32) -> Option<Heard> {
        let mut ears = lock(&self.0);
        let ear = ears.get_mut(&cell)?;
        let heard = ear.waiting.pop_front()?;
        Some(Heard { dropped: std::mem::take(&mut ear.dropped), ..heard })
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hub of {} cells", lock(&self.0).len())
    }
}

impl Host {
    /// Tells every running plugin that listens for the topic that something happened. Does not wait:
    /// each is told when it has dealt with what it was told before, and of what has waited too long
    /// for one, the oldest is dropped.
    ///
    /// # Errors
    /// [`EmitError`]; nobody is told then.
    pub fn emit(&self, topic: &str, data: &Value) -> Result<(), EmitError> {
        check_topic(topic).map_err(|error| EmitError::Topic(error.message))?;
        let text = data.to_string();
        read_event(&text).map_err(|error| EmitError::Data(error.message))?;
        self.0.hub.tell(None, "", topic, &text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn patterns(written: &[&str]) -> Vec<TopicPattern> {
        written.iter().map(|one| TopicPattern::parse(one).unwrap()).collect()
    }

    fn texts(hub: &Hub, cell: u32) -> Vec<String> {
        std::iter::from_fn(|| hub.next(cell)).map(|heard| heard.data.to_string()).collect()
    }

    #[test]
    fn each_hears_what_it_listens_for_in_order_and_never_itself() {
        let (hub, woken) = (Hub::default(), Arc::new(AtomicU32::new(0)));
        let wake = Arc::clone(&woken);
        hub.listen(1, patterns(&["a.*"]), move || {
            wake.fetch_add(1, Ordering::Relaxed);
        });
        hub.listen(2, patterns(&["a.b", "c"]), || {});
        hub.tell(Some(3), "p", "a.b", "1");
        hub.tell(Some(1), "q", "a.b", "2");
        hub.tell(None, "", "c", "3");
        hub.tell(None, "", "d", "4");
        assert_eq!(woken.load(Ordering::Relaxed), 1);
        assert_eq!(texts(&hub, 1), ["1"]);
        assert_eq!(texts(&hub, 2), ["1", "2", "3"]);
        hub.listen(2, Vec::new(), || {});
        hub.leave(1);
        hub.tell(None, "", "a.b", "5");
        assert!(texts(&hub, 1).is_empty() && texts(&hub, 2).is_empty());
    }

    #[test]
    fn the_oldest_is_dropped_and_counted() {
        let hub = Hub::default();
        hub.listen(1, patterns(&["*"]), || {});
        for number in 0..limits::EVENTS_WAITING + 3 {
            hub.tell(None, "", "a", &number.to_string());
        }
        let first = hub.next(1).unwrap();
        assert_eq!((&*first.data, first.dropped), ("3", 3));
        assert_eq!(hub.next(1).unwrap().dropped, 0, "told once");
        assert_eq!(texts(&hub, 1).len(), limits::EVENTS_WAITING - 2);
    }
}
