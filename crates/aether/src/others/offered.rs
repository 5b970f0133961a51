//! The plugins that others can call, and the calls between plugins that are open.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use aether_gateway::Uncalled;
use aether_gateway::limits::RETRY_MS;
use aether_protocol::v1::failure;
use aether_protocol::{Code, RpcError};
use aether_report::Message;
use serde_json::Value;

use super::edges::EdgeTotals;
use super::graph::{CHAIN, Caller, Graph, Knot, Node};
use super::leash::Leash;
use super::told::told;
use crate::host::{Shared, lock, millis};
use crate::{CallError, Host, KeptPlugin, Plugin, StartOptions};

/// Most plugins of a run that others have called. Each is a process with memory of its own, kept for
/// the next call: stops plugins from starting each other until the machine is full.
const CALLED: usize = 16;

/// Calls of one plugin that others may have open. Further ones are to be tried again. Stops many
/// callers from piling up work and threads at one door.
const CALLS: usize = 16;

/// How long calls that were cancelled are waited for when their plugins are withdrawn: a start that
/// is under way, and the time that a cell has to answer.
const LAST_CALLS: Duration = Duration::from_secs(15);

/// That somebody outside has a host. When nobody has, what is offered ends: the plugins that it
/// keeps hold the host themselves, and would keep it for ever.
pub(crate) struct Presence(pub(super) Weak<Shared>);

impl Presence {
    pub(crate) fn of(shared: &Arc<Shared>) -> Arc<Self> {
        Arc::new(Self(Arc::downgrade(shared)))
    }
}

/// What a name stands for.
pub(super) enum Entry {
    /// A plugin, and whether it was ever called.
    One { kept: Arc<KeptPlugin>, called: bool },
    /// Several plugins: none can be meant.
    Several,
}

/// See the module.
#[derive(Default)]
pub(crate) struct Offered {
    state: Mutex<State>,
    /// A call is over.
    over: Condvar,
}

#[derive(Default)]
struct State {
    plugins: BTreeMap<String, Entry>,
    graph: Graph,
    /// Open calls, by the graph's number: which plugin is called, and what ends the call.
    leashes: BTreeMap<u64, (String, Leash)>,
    totals: EdgeTotals,
}

/// Why a call is not made.
pub(crate) enum Unmade {
    /// By decision: a refusal of the caller's.
    Refused(Uncalled),
    /// There is nothing to call.
    Missing(RpcError),
    /// Others call it, as many as may.
    Busy(RpcError),
}

/// A call that may be made, on a thread of its own. Dropped, it is over.
pub(crate) struct Passage {
    host: Host,
    kept: Arc<KeptPlugin>,
    call: u64,
    /// The number of the cell that calls.
    cell: u32,
    caller: Caller,
    leash: Leash,
}

impl Offered {
    /// Offers a plugin under a name; false when the name is taken.
    pub(super) fn add(&self, name: &str, entry: Entry) -> bool {
        let mut state = lock(&self.state);
        let free = !state.plugins.contains_key(name);
        if free {
            state.plugins.insert(name.to_owned(), entry);
        }
        free
    }

    pub(super) fn all(&self) -> Vec<(Plugin, StartOptions)> {
        let of = |entry: &Entry| match entry {
            Entry::One { kept, .. } => Some((kept.plugin().clone(), kept.options().clone())),
            Entry::Several => None,
        };
        lock(&self.state).plugins.values().filter_map(of).collect()
    }

    /// Who called whom.
    pub(crate) fn edges(&self) -> Vec<aether_report::Edge> {
        lock(&self.state).totals.edges().collect()
    }

    /// What was passed, one by one; and how much more there was.
    pub(crate) fn messages(&self) -> (Vec<Message>, u64) {
        lock(&self.state).totals.messages()
    }

    /// The topics of events that were sent.
    pub(crate) fn topics(&self) -> Vec<aether_report::Shared> {
        lock(&self.state).totals.topics().collect()
    }

    /// Counts what was passed between cells, or was not.
    pub(crate) fn note(&self, message: Message) {
        lock(&self.state).totals.add(message);
    }

    /// Counts an event of a cell's.
    pub(crate) fn note_told(&self, from: u32, topic: &str, heard_by: &[u32]) {
        lock(&self.state).totals.told(from, topic, heard_by);
    }

    /// Ends what is offered under these names, or all of it, and waits for that.
    pub(super) fn withdraw(&self, names: Option<&BTreeSet<String>>) {
        let is_meant = |name: &String| names.is_none_or(|names| names.contains(name));
        let mut state = lock(&self.state);
        let all = std::mem::take(&mut state.plugins);
        let (gone, kept): (BTreeMap<_, _>, BTreeMap<_, _>) =
            all.into_iter().partition(|(name, _)| is_meant(name));
        state.plugins = kept;
        for (_, leash) in state.leashes.values().filter(|(to, _)| is_meant(to)) {
            leash.cancel();
        }
        drop(state);
        let gone: BTreeMap<String, Arc<KeptPlugin>> = gone
            .into_iter()
            .filter_map(|(name, entry)| match entry {
                Entry::One { kept, .. } => Some((name, kept)),
                Entry::Several => None,
            })
            .collect();
        // None is started again by whoever was about to call it.
        gone.values().for_each(|kept| kept.retire());
        gone.values().for_each(|kept| drop(kept.halt()));
        let until = Instant::now() + LAST_CALLS;
        let mut state = lock(&self.state);
        while state.leashes.values().any(|(to, _)| gone.contains_key(to)) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.over.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        // One that was being started meanwhile.
        gone.values().for_each(|kept| drop(kept.halt()));
    }
}

impl Host {
    /// Begins a call from one plugin to another, if it may be.
    pub(crate) fn pass(&self, from: &Node, cell: u32, to: &str) -> Result<Passage, Unmade> {
        let caller = match from {
            Node::Own { plugin, .. } | Node::Offered { plugin } => plugin,
        };
        self.lets_call(caller, to).map_err(Unmade::Refused)?;
        let missing = |text: String| Unmade::Missing(RpcError::new(Code::MethodNotFound, text));
        let mut state = lock(&self.0.offered.state);
        let state = &mut *state;
        let others = state
            .plugins
            .iter()
            .filter(|(name, entry)| *name != to && matches!(entry, Entry::One { called: true, .. }))
            .count();
        let (kept, called) = match state.plugins.get_mut(to) {
            Some(Entry::One { kept, called }) => (Arc::clone(kept), called),
            Some(Entry::Several) => {
                return Err(missing(format!("several plugins of this run are meant by `{to}`")));
            }
            None => return Err(missing(format!("there is no plugin `{to}` to call in this run"))),
        };
        if others >= CALLED {
            let why = format!("plugins of this run have called {CALLED} others already");
            return Err(refused("callees", why));
        }
        if state.leashes.values().filter(|(callee, _)| callee == to).count() >= CALLS {
            let text = format!("{CALLS} calls of `{to}` are under way already");
            let error = RpcError::new(Code::RateLimited, text);
            return Err(Unmade::Busy(error.with("retry_after_ms", RETRY_MS)));
        }
        let (call, caller) = state.graph.begin(from, to).map_err(|knot| match knot {
            Knot::Cycle => refused("cycle", format!("`{to}` waits for this call itself")),
            Knot::Depth => refused("depth", format!("{CHAIN} plugins wait for each other already")),
        })?;
        *called = true;
        let leash = Leash::default();
        state.leashes.insert(call, (to.to_owned(), leash.clone()));
        Ok(Passage { host: self.clone(), kept, call, cell, caller, leash })
    }

    /// Counts a call that was refused, for the record of the run.
    pub(crate) fn note_uncalled(&self, from: u32, callee: &str, via: String, why: &str) {
        self.0.offered.note(Message {
            at_ms: millis(self.0.started.elapsed()),
            from,
            to: self.last_of(callee).unwrap_or(from),
            via,
            refused: Some(why.to_owned()),
            ..Message::default()
        });
    }

    /// Whether the policy's entry for a plugin lets another call it.
    fn lets_call(&self, caller: &str, callee: &str) -> Result<(), Uncalled> {
        let rule = self.0.policy.as_ref().and_then(|policy| policy.rule_for(callee));
        if rule.is_some_and(|rule| rule.allows_caller(caller)) {
            return Ok(());
        }
        // Another entry would take the place of the one that is there.
        let entry = rule.map_or_else(|| callee.to_owned(), |rule| rule.name.value.to_string());
        let known = rule.iter().flat_map(|rule| &rule.callers).map(|one| one.value.to_string());
        let all = known.chain([caller.to_owned()]);
        let all: Vec<String> = all.map(|name| format!("\"{name}\"")).collect();
        let why = match rule {
            Some(_) => format!("the policy does not let `{caller}` call `{callee}`"),
            None => format!("no policy says who may call `{callee}`"),
        };
        let line = format!("plugins: {{ \"{entry}\": {{ callers: [{}] }} }}", all.join(", "));
        Err(Uncalled { because: "callers", why, policy_line: Some(line) })
    }
}

fn refused(because: &'static str, why: String) -> Unmade {
    Unmade::Refused(Uncalled { because, why, policy_line: None })
}

impl Passage {
    /// What ends the call.
    pub(crate) fn leash(&self) -> Leash {
        self.leash.clone()
    }

    /// Makes the call; starts the plugin if need be. It is cancelled when its time is over.
    pub(crate) fn call(
        self,
        method: &str,
        input: Value,
        until: Instant,
    ) -> Result<Value, RpcError> {
        let target = format!("{}.{method}", self.kept.plugin().identity().name);
        let bytes = input.to_string().len();
        let begun = self.host.0.started.elapsed();
        let made = self.make(method, input, until);
        made.map(|(cell, result)| {
            let bytes = (bytes + result.to_string().len()) as u64;
            self.host.0.offered.note(Message {
                at_ms: millis(begun),
                took_ms: millis(self.host.0.started.elapsed().saturating_sub(begun)),
                from: self.cell,
                to: cell,
                via: target.clone(),
                bytes,
                refused: None,
            });
            result
        })
        .map_err(|error| match error {
            CallError::Cancelled if Instant::now() >= until => {
                let text = "the plugin did not answer in the time that is left for the call";
                RpcError::new(Code::Plugin, text).with("kind", failure::TIMEOUT)
            }
            error => told(&target, &error),
        })
    }

    fn make(&self, method: &str, input: Value, until: Instant) -> Result<(u32, Value), CallError> {
        let call = self.kept.begin_for(method, input, until, &self.caller, &self.leash)?;
        let cell = call.cell();
        call.wait_until(until).map(|result| (cell, result))
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        let offered = &self.host.0.offered;
        let mut state = lock(&offered.state);
        state.graph.end(self.call);
        state.leashes.remove(&self.call);
        drop(state);
        offered.over.notify_all();
    }
}
