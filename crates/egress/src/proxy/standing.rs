//! The rules in force, and what was begun under them.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::{UnboundedSender, WeakUnboundedSender};
use tokio::sync::oneshot;
use tokio::time::Duration;

use super::dial::Unreached;
use crate::decide::{Allowed, Request, Rules};
use crate::failure::Failure;
use crate::wire::Fields;

/// Dropped by whoever was told to end something, once it has: when all are, all of it has ended.
pub(crate) type Done = SyncSender<()>;

/// What a listener is told.
pub(crate) enum Command {
    /// Close what was opened so far.
    Recall(Done),
    /// Close everything, after so long what has not ended by itself.
    Close(Duration, Done),
}

/// The rules of one client, for all of its ways.
pub(crate) struct Standing(Mutex<State>);

struct State {
    rules: Arc<Rules>,
    /// Counts changes, so that what was meant for other rules is known as such.
    generation: u64,
    is_closed: bool,
    listeners: Vec<WeakUnboundedSender<Command>>,
    /// Requests that the host program makes, by number.
    running: HashMap<u64, Running>,
    next: u64,
}

/// A request under way.
struct Running {
    /// Dropped once it was used: nothing is ended twice.
    end: Option<oneshot::Sender<Done>>,
    hop: Option<Hop>,
}

/// What is decided on anew when the rules change.
struct Hop {
    request: Request,
    fields: Fields,
    /// Of the rules that it is known to be allowed by.
    generation: u64,
    /// Where it leads, once that is known.
    address: Option<IpAddr>,
}

/// Rules of somebody's own, beside those in force, until these change.
#[derive(Clone)]
pub(crate) struct Own {
    rules: Arc<Rules>,
    generation: u64,
}

/// A request that may be made.
pub(crate) struct Decided {
    pub(crate) rules: Arc<Rules>,
    pub(crate) allowed: Allowed,
    /// The headers as they are sent.
    pub(crate) fields: Fields,
}

impl Standing {
    pub(crate) fn new(rules: Arc<Rules>) -> Self {
        Standing(Mutex::new(State {
            rules,
            generation: 0,
            is_closed: false,
            listeners: Vec::new(),
            running: HashMap::new(),
            next: 0,
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules in force.
    pub(crate) fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.state().rules)
    }

    /// Other rules for single requests, until those in force change.
    pub(crate) fn own(&self, rules: Arc<Rules>) -> Own {
        Own { rules, generation: self.state().generation }
    }

    /// A listener is there to be told; whether it may be.
    pub(crate) fn add_listener(&self, commands: &UnboundedSender<Command>) -> bool {
        let mut state = self.state();
        state.listeners.retain(|listener| listener.upgrade().is_some());
        state.listeners.push(commands.downgrade());
        !state.is_closed
    }

    /// Puts other rules in force, and ends what they do not allow.
    pub(crate) fn replace(&self, rules: Arc<Rules>, done: &Done) {
        let mut state = self.state();
        let State { running, .. } = &mut *state;
        for one in running.values_mut() {
            if one.hop.as_ref().is_some_and(|hop| !hop.is_allowed(&rules)) {
                one.end(done);
            }
        }
        state.rules = rules;
        state.generation += 1;
        state.tell(|| Command::Recall(done.clone()));
    }

    /// Ends everything; listeners after so long. Nothing is begun any more.
    pub(crate) fn close(&self, patience: Duration, done: &Done) {
        let mut state = self.state();
        state.is_closed = true;
        state.running.values_mut().for_each(|one| one.end(done));
        state.tell(|| Command::Close(patience, done.clone()));
    }
}

impl State {
    fn tell(&self, command: impl Fn() -> Command) {
        for listener in self.listeners.iter().filter_map(WeakUnboundedSender::upgrade) {
            // One that has ended needs not be told.
            let _told = listener.send(command());
        }
    }

    fn rules_for(&self, own: Option<&Own>) -> Arc<Rules> {
        let own = own.filter(|own| own.generation == self.generation);
        Arc::clone(own.map_or(&self.rules, |own| &own.rules))
    }
}

impl Running {
    fn end(&mut self, done: &Done) {
        if let Some(end) = self.end.take() {
            // One that has ended meanwhile needs not be told.
            let _told = end.send(done.clone());
        }
    }
}

impl Hop {
    fn is_allowed(&self, rules: &Rules) -> bool {
        rules.decide_with(&self.request, &self.fields).is_ok() && self.is_admitted(rules)
    }

    /// Whether it may lead where it does.
    fn is_admitted(&self, rules: &Rules) -> bool {
        let Request { host, port, .. } = &self.request;
        self.address.is_none_or(|address| rules.admit(host, address, *port).is_ok())
    }
}

/// Where a request is told to end.
pub(crate) type Ended = oneshot::Receiver<Done>;

/// The place of one request among those that run. It is given up when this is dropped.
pub(crate) struct Place {
    standing: Arc<Standing>,
    own: Option<Own>,
    number: u64,
}

impl Place {
    /// A place, and where its end is told.
    pub(crate) fn take(standing: Arc<Standing>, own: Option<Own>) -> (Self, Ended) {
        let (end, ended) = oneshot::channel();
        let number = {
            let mut state = standing.state();
            state.next += 1;
            let number = state.next;
            state.running.insert(number, Running { end: Some(end), hop: None });
            number
        };
        (Place { standing, own, number }, ended)
    }

    /// Decides on a request, by the rules that hold at this moment; from then on it is under way.
    pub(crate) fn decide(&self, request: &Request, fields: &Fields) -> Result<Decided, Unreached> {
        let mut state = self.standing.state();
        if state.is_closed {
            return Err(Unreached::Failed(Failure::Closed));
        }
        let rules = state.rules_for(self.own.as_ref());
        let decided = rules.decide_with(request, fields);
        let (allowed, sent) = decided.map_err(Unreached::Denied)?;
        let hop = Hop {
            request: request.clone(),
            fields: fields.clone(),
            generation: state.generation,
            address: None,
        };
        if let Some(running) = state.running.get_mut(&self.number) {
            running.hop = Some(hop);
        }
        Ok(Decided { rules, allowed, fields: sent })
    }

    /// Where the request turned out to lead. The rules may have changed since it was decided on.
    pub(crate) fn lead_to(&self, address: IpAddr) -> Result<(), Unreached> {
        let mut state = self.standing.state();
        let (rules, generation) = (state.rules_for(self.own.as_ref()), state.generation);
        let hop = state.running.get_mut(&self.number).and_then(|running| running.hop.as_mut());
        let allowed = hop.is_some_and(|hop| {
            hop.address = Some(address);
            let is_decided = hop.generation == generation;
            if is_decided { hop.is_admitted(&rules) } else { hop.is_allowed(&rules) }
        });
        if allowed { Ok(()) } else { Err(Unreached::Failed(Failure::Closed)) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.standing.state().running.remove(&self.number);
    }
}
