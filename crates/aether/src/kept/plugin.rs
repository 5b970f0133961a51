//! A plugin that is started when it is called, and started again when its cell has ended.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use aether_audit::{Event as Record, Kind, Verdict};
use aether_container::Posture;
use serde_json::Value;

use super::call::{KeptCall, KeptPieces, Ticket};
use super::ended::Ended;
use super::policy::RestartPolicy;
use super::restarts::{Next, Refusal, Restarts, Trial};
use super::resting::Resting;
use crate::call::CallError;
use crate::cell::Cell;
use crate::host::{Terms, lock, millis};
use crate::others::{Caller, Leash};
use crate::{Ending, Event, Host, Limit, Plugin, StartError, StartOptions};

/// A plugin that its host keeps: started by the first call, and started again by the call that
/// comes after its cell has ended. Made by [`Host::keep`].
///
/// A call that fails is never made again by itself, since it may have had effects: it fails with
/// how its cell ended. The next call starts a new cell, but not at once after a failure, nor without
/// end: [`RestartPolicy`] says when. Until then calls fail at once with [`CallError::Resting`].
///
/// - A cell that crashed or reached a limit has failed, and so has a start, whatever the reason. An
///   error of the plugin's code in a call has not: its cell lives on.
/// - A cell that was ended for a violation is not replaced before [`KeptPlugin::restore`]; nor is
///   anybody asked again who said no.
/// - A cell that ended by itself with nothing left to do is replaced by the next call.
///
/// Each cell is granted what the first one was, at the same places, and nobody is asked again. The
/// policy is: a start outside of its window is refused. What a cell knew and what it had not stored
/// is gone with it.
///
/// Ended cells, and starts that failed, stay in the record of the host's run. So that a host that lives
/// long does not grow, of those that would change nothing only the last hundred do; the others are
/// forgotten as by [`Host::forget`]. Changes are not thrown away: where those of ended cells take more
/// than 256 MB, no other cell is started ([`CallError::Full`]) until their owner has dealt with them and
/// forgotten the cells.
///
/// It may be called by several threads: one of them starts the cell, the others wait for that. Not
/// by the listener of [`crate::HostBuilder::on_event`], which runs on a cell's own thread.
///
/// ```no_run
/// use aether::{CallError, RestartPolicy, StartOptions};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # aether::init();
/// let host = aether::Host::builder().build()?;
/// let plugin = host.load("plugins/hello")?;
/// let kept = host.keep(&plugin, &StartOptions::default(), RestartPolicy::default());
/// match kept.call("hello", serde_json::json!({ "name": "Ada" })) {
///     Ok(greeting) => println!("{greeting}"),
///     Err(CallError::Resting(resting)) => match resting.retry_after {
///         Some(time) => println!("try again in {time:?}"),
///         None => kept.restore(), // somebody has looked at what it did
///     },
///     Err(error) => println!("{error}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KeptPlugin {
    host: Host,
    plugin: Plugin,
    options: StartOptions,
    /// Whether other plugins call it.
    offered: bool,
    /// Those of its first start.
    terms: OnceLock<Terms>,
    /// What its first cell exports.
    exports: OnceLock<Vec<String>>,
    state: Mutex<State>,
    /// A start is over.
    started: Condvar,
}

#[derive(Debug)]
struct State {
    stage: Stage,
    restarts: Restarts,
    /// Its last failure.
    reason: Option<CallError>,
    ended: Ended,
    /// No other cell is started.
    retired: bool,
}

#[derive(Debug)]
enum Stage {
    Down,
    /// One thread starts a cell; others wait.
    Starting,
    Up(Arc<Cell>),
}

/// What an ending means for the next start.
enum Weight {
    /// Nothing.
    Nothing,
    /// A failure.
    Failure,
    /// What is not tried again.
    Offence,
}

impl Host {
    /// Keeps a plugin: it is started when it is called, and again after it has ended. Starts
    /// nothing yet. What is remembered of its ended cells is bounded: see [`KeptPlugin`].
    #[must_use]
    pub fn keep(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        policy: RestartPolicy,
    ) -> KeptPlugin {
        let restarts = Restarts::new(policy, Instant::now());
        KeptPlugin {
            host: self.clone(),
            plugin: plugin.clone(),
            options: options.clone(),
            offered: false,
            terms: OnceLock::new(),
            exports: OnceLock::new(),
            state: Mutex::new(State {
                stage: Stage::Down,
                restarts,
                reason: None,
                ended: Ended::default(),
                retired: false,
            }),
            started: Condvar::new(),
        }
    }

    /// The same with the plugin started already. Where that fails nothing is kept, and nobody told of
    /// another start.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub fn keep_started(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        policy: RestartPolicy,
    ) -> Result<KeptPlugin, StartError> {
        let kept = self.keep(plugin, options, policy);
        let cell = self.start_on(plugin, options, &kept.terms, kept.offered).1?;
        kept.went_up(cell);
        Ok(kept)
    }
}

impl KeptPlugin {
    /// The plugin.
    #[must_use]
    pub const fn plugin(&self) -> &Plugin {
        &self.plugin
    }

    /// The methods that it exports, as its first cell has told; none before that.
    #[must_use]
    pub fn exports(&self) -> &[String] {
        self.exports.get().map_or(&[], Vec::as_slice)
    }

    /// Calls a method and waits for its result; starts the plugin if it does not run.
    ///
    /// # Errors
    /// [`CallError`]: of the call; of the start, with [`CallError::NotStarted`] where it did not
    /// come to loading; or [`CallError::Resting`] or [`CallError::Full`], and nothing was tried.
    pub fn call(&self, method: &str, input: Value) -> Result<Value, CallError> {
        self.begin(method, input, Duration::MAX)?.wait()
    }

    /// Calls a method without waiting for its result, but for the start if the plugin does not run.
    /// The call ends with `limit` at the latest; the plugin's own limit stands if that is shorter.
    ///
    /// # Errors
    /// As [`KeptPlugin::call`], for what goes wrong before the call.
    pub fn begin(
        &self,
        method: &str,
        input: Value,
        limit: Duration,
    ) -> Result<KeptCall<'_>, CallError> {
        let (cell, ticket) = self.ready()?;
        let call = cell.begin(method, input, limit);
        Ok(KeptCall { kept: self, cell, call, ticket })
    }

    /// The same with the result in pieces.
    ///
    /// # Errors
    /// As [`KeptPlugin::begin`].
    pub fn stream(
        &self,
        method: &str,
        input: Value,
        limit: Duration,
    ) -> Result<KeptPieces<'_>, CallError> {
        let (cell, ticket) = self.ready()?;
        let pieces = cell.stream(method, input, limit);
        Ok(KeptPieces { kept: self, cell, pieces, ticket })
    }

    /// The same for a plugin that calls, unless nobody wants that any more once it could begin. The
    /// call has the plugin's own limit, and is cancelled when its caller's time is over: a caller that
    /// is late must not end, nor disturb, what others call too.
    pub(crate) fn begin_for(
        &self,
        method: &str,
        input: Value,
        until: Instant,
        caller: &Caller,
        leash: &Leash,
    ) -> Result<KeptCall<'_>, CallError> {
        let (cell, ticket) = self.ready()?;
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() || !leash.is_wanted() {
            return Err(CallError::Cancelled);
        }
        let call = cell.begin_for(Some(caller.clone()), method, input, Duration::MAX);
        leash.hold(call.canceller());
        Ok(KeptCall { kept: self, cell, call, ticket })
    }

    /// One that other plugins call.
    pub(crate) fn offered(self) -> Self {
        Self { offered: true, ..self }
    }

    /// How it is started.
    pub(crate) const fn options(&self) -> &StartOptions {
        &self.options
    }

    /// Starts no other cell from now on. The one that runs, or is being started, goes on until it ends or
    /// [`KeptPlugin::end`] is called; then calls fail with [`CallError::Retired`], and nothing was tried.
    /// For a host that keeps the plugin anew, with other rights or in another version.
    pub fn retire(&self) {
        self.state().retired = true;
    }

    /// Retires it, ends the cell that runs, calls under way or not, and says how it ended; nothing where
    /// none runs. One that is being started is waited for, as long as a start takes; and the cell for as
    /// long as [`Cell::stop`] takes. Not to be called by the listener of
    /// [`crate::HostBuilder::on_event`].
    pub fn end(&self) -> Option<Ending> {
        let mut state = self.state();
        state.retired = true;
        while matches!(state.stage, Stage::Starting) {
            state = self.started.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        drop(state);
        self.halt()
    }

    /// Ends the cell that runs, calls under way or not, and says how it ended. Another call would start
    /// another.
    pub(crate) fn halt(&self) -> Option<Ending> {
        let mut state = self.state();
        if !matches!(state.stage, Stage::Up(_)) {
            return None;
        }
        let before = std::mem::replace(&mut state.stage, Stage::Down);
        drop(state);
        let Stage::Up(cell) = before else { return None };
        cell.halt();
        self.settle(cell.number());
        cell.ending()
    }

    /// What holds the cell that runs, as it was read back at its start.
    #[must_use]
    pub fn posture(&self) -> Option<Posture> {
        self.up(|cell| cell.posture().clone())
    }

    /// The engine that runs it, where it runs.
    #[must_use]
    pub fn engine(&self) -> Option<String> {
        self.up(|cell| cell.engine().to_owned())
    }

    fn up<T>(&self, look: impl FnOnce(&Cell) -> T) -> Option<T> {
        match &self.state().stage {
            Stage::Up(cell) => Some(look(cell)),
            Stage::Down | Stage::Starting => None,
        }
    }

    /// What a call would fail with now because of earlier failures, if it would not be let through.
    #[must_use]
    pub fn resting(&self) -> Option<Resting> {
        let state = self.state();
        let refusal =
            state.restarts.refusal(Instant::now(), matches!(state.stage, Stage::Up(_)))?;
        Some(state.resting(refusal))
    }

    /// The number of the cell that runs, or ran last and has not been missed yet.
    #[must_use]
    pub fn cell(&self) -> Option<u32> {
        self.up(Cell::number)
    }

    /// Lets the next call start the plugin, whatever became of it before: for a person who has
    /// looked at a violation, or for a program that knows that the reason of its failures is gone.
    pub fn restore(&self) {
        let mut state = self.state();
        let was_open = state.restarts.restore();
        state.reason = None;
        drop(state);
        self.record("restore", Verdict::Noted, |record| record);
        if was_open {
            self.tell_closed();
        }
    }

    /// Stops the cell that runs, as [`Cell::stop`] does, and keeps the plugin no more. Dropped, it
    /// does the same.
    pub fn stop(self) -> Option<Ending> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        match state.stage {
            // Nobody else has it: calls under way borrow from this.
            Stage::Up(cell) => Arc::into_inner(cell).map(Cell::stop),
            Stage::Down | Stage::Starting => None,
        }
    }

    /// A cell to call, started if need be, once a call is let through.
    fn ready(&self) -> Result<(Arc<Cell>, Ticket<'_>), CallError> {
        let mut state = self.state();
        loop {
            match &state.stage {
                Stage::Starting => {
                    state = self.started.wait(state).unwrap_or_else(PoisonError::into_inner);
                }
                Stage::Up(cell) => {
                    let cell = Arc::clone(cell);
                    let Some((ending, _)) = cell.ended() else {
                        let trial = state.admit()?;
                        return Ok((cell, Ticket { kept: self, trial }));
                    };
                    drop(state);
                    self.came_down(Some(&cell), &CallError::Ended(ending));
                    drop(cell);
                    state = self.state();
                }
                Stage::Down if state.retired => return Err(CallError::Retired),
                Stage::Down => {
                    if let Some(bytes) = state.ended.too_much(|| self.host.remembered()) {
                        return Err(CallError::Full(bytes));
                    }
                    let trial = state.admit()?;
                    state.stage = Stage::Starting;
                    drop(state);
                    let ticket = Ticket { kept: self, trial };
                    return self.start().map(|cell| (cell, ticket));
                }
            }
        }
    }

    fn start(&self) -> Result<Arc<Cell>, CallError> {
        // The owner's listener or whoever is asked may panic here: nobody must wait for ever.
        let starting = Starting(self);
        let (plugin, options) = (&self.plugin, &self.options);
        let (number, result) = self.host.start_on(plugin, options, &self.terms, self.offered);
        // What follows ends the stage itself; another thread may begin the next one right after.
        std::mem::forget(starting);
        match result {
            Ok(cell) => Ok(self.went_up(cell)),
            Err(error) => {
                let error = CallError::from(error);
                self.came_down(None, &error);
                self.settle(number);
                Err(error)
            }
        }
    }

    /// A cell has started.
    fn went_up(&self, cell: Cell) -> Arc<Cell> {
        let cell = Arc::new(cell);
        self.exports.get_or_init(|| cell.exports().to_vec());
        self.state().stage = Stage::Up(Arc::clone(&cell));
        self.started.notify_all();
        cell
    }

    /// What is remembered of a cell that has ended, or did not come to be, is bounded.
    fn settle(&self, cell: u32) {
        let takes = self.host.changes_take(cell);
        let oldest = self.state().ended.add(cell, takes);
        if let Some(oldest) = oldest {
            self.host.forget(oldest);
        }
    }

    /// What a call's result tells of its cell.
    pub(super) fn learn(
        &self,
        cell: &Cell,
        result: &Result<Value, CallError>,
        trial: Option<Trial>,
    ) {
        match result {
            Err(error @ CallError::Ended(_)) => self.came_down(Some(cell), error),
            // The plugin has answered.
            Ok(_) | Err(CallError::Plugin(_) | CallError::Result(_) | CallError::Unkept(_)) => {
                let mut state = self.state();
                if state.is_up(cell) && state.restarts.succeeded(trial) {
                    drop(state);
                    self.record("breaker-closed", Verdict::Allowed, |record| record);
                    self.tell_closed();
                }
            }
            // It has not seen the call, or was not let end it.
            Err(_) => {}
        }
    }

    /// A cell has ended, or could not be started. Whoever learns of it first says so.
    fn came_down(&self, cell: Option<&Cell>, why: &CallError) {
        let at = cell.and_then(Cell::ended).map_or_else(Instant::now, |(_, at)| at);
        let mut state = self.state();
        let is_news = match (&state.stage, cell) {
            (Stage::Up(_), Some(cell)) => state.is_up(cell),
            (Stage::Starting, None) => true,
            _ => false,
        };
        if !is_news {
            return;
        }
        let before = std::mem::replace(&mut state.stage, Stage::Down);
        let next = match weight(why, self.offered) {
            Weight::Nothing => {
                state.restarts.ended_well();
                None
            }
            Weight::Failure => Some(Some(state.restarts.failed(at))),
            Weight::Offence => {
                state.restarts.hold();
                Some(None)
            }
        };
        if next.is_some() {
            state.reason = Some(why.clone());
        }
        drop(state);
        self.started.notify_all();
        // Waits for the cell's thread, which may be in the owner's listener.
        drop(before);
        if let Some(cell) = cell {
            self.settle(cell.number());
        }
        match next {
            Some(Some(next)) => self.tell_next(next, why),
            Some(None) => self.tell_held(why),
            None => {}
        }
    }

    pub(super) fn release(&self, trial: Trial) {
        self.state().restarts.release(trial);
    }

    fn tell_next(&self, next: Next, why: &CallError) {
        let (plugin, reason) = (self.name(), why.to_string());
        match next {
            Next::Pause(time) => {
                let in_ms = millis(time);
                self.record("restart", Verdict::Noted, |record| {
                    record.object(&reason).detail("in_ms", in_ms)
                });
                self.tell(&Event::Restarting { plugin, after: why.clone(), in_ms });
            }
            Next::Open { failures, rest } => {
                let for_ms = millis(rest);
                self.record("breaker-open", Verdict::Limited, |record| {
                    record.object(&reason).detail("failures", failures).detail("for_ms", for_ms)
                });
                self.tell(&Event::BreakerOpened { plugin, failures, for_ms });
            }
        }
    }

    fn tell_held(&self, why: &CallError) {
        let reason = why.to_string();
        self.record("hold", Verdict::Denied, |record| record.object(&reason));
        self.tell(&Event::Held { plugin: self.name(), after: why.clone() });
    }

    fn tell_closed(&self) {
        self.tell(&Event::BreakerClosed { plugin: self.name() });
    }

    fn record<'a>(
        &'a self,
        action: &'a str,
        verdict: Verdict,
        fill: impl FnOnce(Record<'a>) -> Record<'a>,
    ) {
        let name = &self.plugin.identity().name;
        let record = fill(Record::new(Kind::Start, action, verdict).plugin(name));
        // Nothing is done here that could be refused. A log that cannot be written refuses the
        // next start.
        drop(self.host.log().record(&record));
    }

    fn tell(&self, event: &Event) {
        self.host.tell(event);
    }

    fn name(&self) -> String {
        self.plugin.identity().name.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn admit(&mut self) -> Result<Option<Trial>, CallError> {
        let runs = matches!(self.stage, Stage::Up(_));
        let admitted = self.restarts.admit(Instant::now(), runs);
        admitted.map_err(|refusal| CallError::Resting(Box::new(self.resting(refusal))))
    }

    fn resting(&self, refusal: Refusal) -> Resting {
        // Nothing rests that has not failed.
        let reason = self.reason.clone().unwrap_or(CallError::Ended(Ending::Normal));
        Resting { rest: refusal.rest, retry_after: refusal.left, reason }
    }

    /// Whether this is the cell that calls go to.
    fn is_up(&self, cell: &Cell) -> bool {
        matches!(&self.stage, Stage::Up(up) if up.number() == cell.number())
    }
}

/// A start under way. Dropped in a panic, it is over.
struct Starting<'k>(&'k KeptPlugin);

impl Drop for Starting<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if matches!(state.stage, Stage::Starting) {
            state.stage = Stage::Down;
        }
        drop(state);
        self.0.started.notify_all();
    }
}

fn weight(why: &CallError, offered: bool) -> Weight {
    match why {
        // By cancelling, one plugin must not keep another from a third.
        CallError::Ended(Ending::Limit(Limit::Cancellation(_))) if offered => Weight::Nothing,
        CallError::Ended(Ending::Normal | Ending::Killed) => Weight::Nothing,
        CallError::Ended(Ending::Violation(_)) => Weight::Offence,
        CallError::NotStarted(why) => match **why {
            StartError::Interrupted => Weight::Nothing,
            StartError::Declined => Weight::Offence,
            _ => Weight::Failure,
        },
        _ => Weight::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_may_share_it() {
        const fn shared<T: Send + Sync>() {}
        shared::<KeptPlugin>();
        shared::<CallError>();
    }
}
