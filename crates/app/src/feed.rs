//! Who hears of what.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use crate::lock;
use crate::model::Event;

/// Events that wait for one listener. Stops a page that does not listen from filling the app's memory.
const WAITING: usize = 1_000;

/// Cells whose plugins are remembered. Far more than are on record at a time.
const NAMES: usize = 10_000;

/// Which plugins a listener hears of.
pub type Hears = dyn Fn(&str) -> bool + Send + Sync;

/// All listeners.
#[derive(Debug, Default)]
pub(crate) struct Feed {
    listeners: Mutex<Vec<Weak<Ear>>>,
    /// Which plugin a cell is of.
    names: Mutex<BTreeMap<u32, String>>,
}

/// One listener's side.
struct Ear {
    hears: Box<Hears>,
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Event>,
    /// How many of them are what a plugin can say as often as it likes.
    chatter: usize,
    missed: u64,
    closed: bool,
}

/// Events as they come; see [`crate::App::watch`]. Dropped, it hears no more.
#[derive(Debug)]
pub struct Listener(Arc<Ear>);

/// Ends a [`Listener`] from elsewhere.
#[derive(Clone, Debug)]
pub struct Closer(Weak<Ear>);

impl Feed {
    pub(crate) fn listen(&self, hears: Box<Hears>) -> Listener {
        let ear = Arc::new(Ear { hears, state: Mutex::default(), news: Condvar::new() });
        let mut listeners = lock(&self.listeners);
        listeners.retain(|ear| ear.strong_count() > 0);
        listeners.push(Arc::downgrade(&ear));
        Listener(ear)
    }

    /// Tells all who hear of this plugin, or of none in particular.
    pub(crate) fn tell(&self, plugin: Option<&str>, event: &Event) {
        let listeners: Vec<Arc<Ear>> =
            lock(&self.listeners).iter().filter_map(Weak::upgrade).collect();
        for ear in listeners {
            if plugin.is_none_or(|plugin| (ear.hears)(plugin)) {
                ear.tell(event.clone());
            }
        }
    }

    /// A cell of a plugin begins.
    pub(crate) fn begins(&self, cell: u32, plugin: &str) {
        let mut names = lock(&self.names);
        names.insert(cell, plugin.to_owned());
        while names.len() > NAMES {
            names.pop_first();
        }
    }

    /// The plugin that a cell is of.
    pub(crate) fn plugin_of(&self, cell: u32) -> Option<String> {
        lock(&self.names).get(&cell).cloned()
    }

    /// The cell of a plugin that began last.
    pub(crate) fn last_of(&self, plugin: &str) -> Option<u32> {
        let names = lock(&self.names);
        names.iter().rev().find(|(_, name)| *name == plugin).map(|(cell, _)| *cell)
    }

    /// Ends all listeners.
    pub(crate) fn close(&self) {
        for ear in lock(&self.listeners).drain(..).filter_map(|ear| ear.upgrade()) {
            ear.close();
        }
    }
}

/// What a plugin can say as often as it likes: it must not push away what is told of it, nor of others.
const fn is_chatter(event: &Event) -> bool {
    matches!(event, Event::Log { .. } | Event::Emitted { .. } | Event::Progress { .. })
}

impl Ear {
    fn tell(&self, event: Event) {
        let mut state = lock(&self.state);
        let chatters = is_chatter(&event);
        if chatters && state.chatter >= WAITING / 2 {
            state.missed += 1;
            drop(state);
            self.news.notify_one();
            return;
        }
        if state.waiting.len() >= WAITING {
            let gone = state.waiting.pop_front();
            state.chatter -= usize::from(gone.as_ref().is_some_and(is_chatter));
            state.missed += 1;
        }
        state.chatter += usize::from(chatters);
        state.waiting.push_back(event);
        drop(state);
        self.news.notify_one();
    }

    fn close(&self) {
        lock(&self.state).closed = true;
        self.news.notify_all();
    }
}

/// What came of waiting.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// An event.
    Event(Box<Event>),
    /// Nothing, in that time.
    Nothing,
    /// Nothing more will come.
    Closed,
}

impl Listener {
    /// Waits for the next event until then.
    #[must_use]
    pub fn next(&self, until: Instant) -> Heard {
        let mut state = lock(&self.0.state);
        loop {
            if state.closed {
                return Heard::Closed;
            }
            if state.missed > 0 {
                let count = std::mem::take(&mut state.missed);
                return Heard::Event(Box::new(Event::Missed { count }));
            }
            if let Some(event) = state.waiting.pop_front() {
                state.chatter -= usize::from(is_chatter(&event));
                return Heard::Event(Box::new(event));
            }
            let left = until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return Heard::Nothing;
            }
            let waited = self.0.news.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Whether nothing more will come.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        lock(&self.0.state).closed
    }

    /// Whether it hears of a plugin.
    #[must_use]
    pub fn hears(&self, plugin: &str) -> bool {
        (self.0.hears)(plugin)
    }

    /// What ends it from elsewhere.
    #[must_use]
    pub fn closer(&self) -> Closer {
        Closer(Arc::downgrade(&self.0))
    }
}

impl Closer {
    /// Ends the listener: whoever waits for it goes on at once.
    pub fn close(&self) {
        if let Some(ear) = self.0.upgrade() {
            ear.close();
        }
    }

    /// Whether the listener is there still.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.0.upgrade().is_some_and(|ear| !lock(&ear.state).closed)
    }
}

impl fmt::Debug for Ear {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Ear").field("state", &self.state).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(id: u64) -> Event {
        Event::QuestionOver { id }
    }

    #[test]
    fn a_listener_hears_of_its_plugins_alone() {
        let feed = Feed::default();
        let listener = feed.listen(Box::new(|plugin| plugin == "a"));
        feed.tell(Some("b"), &over(1));
        feed.tell(Some("a"), &over(2));
        feed.tell(None, &over(3));
        let now = Instant::now();
        assert_eq!(listener.next(now), Heard::Event(Box::new(over(2))));
        assert_eq!(listener.next(now), Heard::Event(Box::new(over(3))));
        assert_eq!(listener.next(now), Heard::Nothing);
        listener.closer().close();
        assert_eq!(listener.next(now), Heard::Closed);
    }

    #[test]
    fn a_slow_listener_is_told_that_it_missed_something() {
        let feed = Feed::default();
        let listener = feed.listen(Box::new(|_| true));
        (0..WAITING as u64 + 5).for_each(|id| feed.tell(None, &over(id)));
        let now = Instant::now();
        assert_eq!(listener.next(now), Heard::Event(Box::new(Event::Missed { count: 5 })));
        assert_eq!(listener.next(now), Heard::Event(Box::new(over(5))));
    }

    #[test]
    fn a_plugin_that_chatters_pushes_nothing_away() {
        let feed = Feed::default();
        let listener = feed.listen(Box::new(|_| true));
        let log = Event::Log {
            plugin: "p".to_owned(),
            cell: 1,
            level: "info".to_owned(),
            message: "again".to_owned(),
        };
        feed.tell(None, &over(1));
        (0..WAITING * 3).for_each(|_| feed.tell(Some("p"), &log));
        feed.tell(None, &over(2));
        let mut heard = Vec::new();
        while let Heard::Event(event) = listener.next(Instant::now()) {
            heard.push(*event);
        }
        assert_eq!(heard.iter().filter(|event| is_chatter(event)).count(), WAITING / 2);
        assert!(heard.contains(&over(1)) && heard.contains(&over(2)));
        assert_eq!(lock(&listener.0.state).chatter, 0);
    }

    #[test]
    fn one_that_is_gone_is_forgotten() {
        let feed = Feed::default();
        drop(feed.listen(Box::new(|_| true)));
        let closer = feed.listen(Box::new(|_| true)).closer();
        assert!(!closer.is_open());
        feed.tell(None, &over(1));
        let kept = feed.listen(Box::new(|_| true));
        assert_eq!(lock(&feed.listeners).len(), 1);
        feed.close();
        assert_eq!(kept.next(Instant::now()), Heard::Closed);
    }
}
