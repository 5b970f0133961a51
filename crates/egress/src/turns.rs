//! Turns at looking names up, shared fairly among clients.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::limits::{LOOKUPS, LOOKUPS_KEPT_FREE};

/// The turns at looking a name up. A lookup may take a thread for as long as a dead name server takes,
/// and threads are few: a client has at most [`LOOKUPS`] at once, whatever the number of its cells,
/// and more than one only while others are left for those who have none. Among those who wait,
/// clients take turns.
#[derive(Clone)]
pub(crate) struct Turns(Arc<Mutex<State>>);

/// One turn, until it is dropped.
pub(crate) struct Turn {
    turns: Turns,
    /// Nothing once it was given back.
    client: Option<Arc<str>>,
}

struct State {
    free: usize,
    /// Those who have turns or wait for one; whoever stands first is next.
    clients: VecDeque<Line>,
}

/// One client.
struct Line {
    client: Arc<str>,
    taken: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

impl Turns {
    pub(crate) fn new(all: usize) -> Self {
        Turns(Arc::new(Mutex::new(State { free: all, clients: VecDeque::new() })))
    }

    /// Waits for a turn of the client.
    pub(crate) async fn turn(&self, client: &Arc<str>) -> Option<Turn> {
        let (sender, receiver) = oneshot::channel();
        self.state().wait(client, sender);
        self.give();
        receiver.await.ok()
    }

    /// Gives turns to whoever may take one.
    fn give(&self) {
        loop {
            // Not within the condition: the lock is free again when the turn is sent.
            let next = self.state().next();
            let Some((client, sender)) = next else { return };
            let turn = Turn { turns: self.clone(), client: Some(Arc::clone(&client)) };
            if let Err(mut unwanted) = sender.send(turn) {
                unwanted.client = None;
                self.state().back(&client);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(client) = self.client.take() {
            self.turns.state().back(&client);
            self.turns.give();
        }
    }
}

impl State {
    fn wait(&mut self, client: &Arc<str>, sender: oneshot::Sender<Turn>) {
        let at = self.clients.iter().position(|line| line.client == *client);
        let at = at.unwrap_or_else(|| {
            let waiting = VecDeque::new();
            self.clients.push_back(Line { client: Arc::clone(client), taken: 0, waiting });
            self.clients.len() - 1
        });
        if let Some(line) = self.clients.get_mut(at) {
            line.waiting.retain(|sender| !sender.is_closed());
            line.waiting.push_back(sender);
        }
    }

    /// Whose turn it is, if there is one to take. It counts as taken.
    fn next(&mut self) -> Option<(Arc<str>, oneshot::Sender<Turn>)> {
        let free = self.free;
        for line in &mut self.clients {
            line.waiting.retain(|sender| !sender.is_closed());
        }
        let at = self.clients.iter().position(|line| line.may_take(free))?;
        let mut line = self.clients.remove(at)?;
        let next = line.waiting.pop_front().map(|sender| (Arc::clone(&line.client), sender));
        self.free -= 1;
        line.taken += 1;
        self.clients.push_back(line);
        next
    }

    fn back(&mut self, client: &Arc<str>) {
        self.free += 1;
        if let Some(line) = self.clients.iter_mut().find(|line| line.client == *client) {
            line.taken -= 1;
        }
        self.clients.retain(|line| line.taken > 0 || !line.waiting.is_empty());
    }
}

impl Line {
    fn may_take(&self, free: usize) -> bool {
        let least = if self.taken == 0 { 1 } else { LOOKUPS_KEPT_FREE + 1 };
        !self.waiting.is_empty() && self.taken < LOOKUPS && free >= least
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Whoever waits for a turn, or has one.
    struct Asker {
        waiting: Pin<Box<dyn Future<Output = Option<Turn>>>>,
        turn: Option<Turn>,
    }

    impl Asker {
        fn new(turns: &Turns, client: &str) -> Self {
            let (turns, client) = (turns.clone(), Arc::from(client));
            let waiting = Box::pin(async move { turns.turn(&client).await });
            let mut asker = Asker { waiting, turn: None };
            asker.has_turn();
            asker
        }

        fn has_turn(&mut self) -> bool {
            if self.turn.is_none()
                && let Poll::Ready(turn) =
                    self.waiting.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                self.turn = turn;
            }
            self.turn.is_some()
        }
    }

    fn ask(turns: &Turns, client: &str, count: usize) -> Vec<Asker> {
        (0..count).map(|_| Asker::new(turns, client)).collect()
    }

    fn with_turn(askers: &mut [Asker]) -> usize {
        askers.iter_mut().filter_map(|asker| asker.has_turn().then_some(())).count()
    }

    #[test]
    fn a_client_has_its_share_and_no_more() {
        let turns = Turns::new(LOOKUPS_KEPT_FREE * 2);
        let mut greedy = ask(&turns, "greedy", 20);
        assert_eq!(with_turn(&mut greedy), LOOKUPS);
        let mut other = ask(&turns, "other", 2);
        assert_eq!(with_turn(&mut other), 2);
        let done = greedy.iter().position(|asker| asker.turn.is_some()).unwrap();
        greedy.remove(done);
        assert_eq!(with_turn(&mut greedy), LOOKUPS);
    }

    #[test]
    fn the_last_ones_are_for_those_who_have_none() {
        let turns = Turns::new(LOOKUPS_KEPT_FREE + 1);
        let mut first = ask(&turns, "first", 5);
        assert_eq!(with_turn(&mut first), 1);
        let mut others: Vec<Asker> =
            (0..LOOKUPS_KEPT_FREE).map(|n| Asker::new(&turns, &n.to_string())).collect();
        assert_eq!(with_turn(&mut others), LOOKUPS_KEPT_FREE);
        let mut late = ask(&turns, "late", 1);
        assert_eq!(with_turn(&mut late), 0);
        others.pop();
        assert_eq!((with_turn(&mut first), with_turn(&mut late)), (1, 1));
    }

    #[test]
    fn clients_take_turns() {
        let turns = Turns::new(1);
        let mut holder = ask(&turns, "holder", 1);
        let mut many = ask(&turns, "many", 3);
        let mut one = ask(&turns, "one", 1);
        assert_eq!(with_turn(&mut holder), 1);
        drop(holder);
        assert_eq!((with_turn(&mut many), with_turn(&mut one)), (1, 0));
        many.retain(|asker| asker.turn.is_none());
        assert_eq!((with_turn(&mut many), with_turn(&mut one)), (0, 1));
        drop(one);
        assert_eq!(with_turn(&mut many), 1);
    }

    #[test]
    fn whoever_has_left_takes_no_turn() {
        let turns = Turns::new(1);
        let mut holder = ask(&turns, "holder", 1);
        assert_eq!(with_turn(&mut holder), 1);
        let gone = ask(&turns, "gone", 50);
        let mut here = ask(&turns, "here", 1);
        drop(gone);
        // Given to somebody who leaves before taking it up.
        drop(holder);
        assert_eq!(with_turn(&mut here), 1);
        drop(here);
        assert!(turns.state().clients.is_empty());
        assert_eq!(turns.state().free, 1);
        let (holder, left) = (ask(&turns, "holder", 1), ask(&turns, "left", 1));
        drop(holder);
        drop(left);
        assert_eq!(turns.state().free, 1);
    }
}
