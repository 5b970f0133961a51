//! Plugins that run: started, called, stopped.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use aether::{CallError, Host, KeptPlugin, Posture, RestartPolicy};
use aether_installed::Held;
use serde_json::Value;

use crate::app::Inner;
use crate::calls::Open;
use crate::model::{CallEvent, Cell, LifeState, Metrics, PostureLine, Started};
use crate::{App, Error, Sink, lock, millis, word};

/// Plugins that run at a time. Far more than a person looks at.
const MAX_RUNNING: usize = 100;

/// Most that the changes of ended cells take, in bytes, before nothing is started any more. They wait in
/// memory for a person.
const MAX_WAITING: u64 = 256 << 20;

/// How often a call begins anew since the plugin's rights or version were changed just then.
const RETRIES: usize = 3;

/// A plugin that is kept: started, and started again after it has failed.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) kept: KeptPlugin,
    /// Keeps its files in place.
    _held: Held,
}

impl Running {
    /// The number of its cell, if that has not ended.
    pub(crate) fn live(&self, host: &Host) -> Option<u32> {
        self.kept.cell().filter(|cell| runs(host, *cell))
    }
}

/// Whether a cell runs.
pub(crate) fn runs(host: &Host, cell: u32) -> bool {
    host.cells().iter().any(|(number, _)| *number == cell)
}

impl App {
    /// Starts a plugin with what it was granted. One that runs already is left as it is.
    ///
    /// # Errors
    /// `unknown-plugin`, `disabled`, `changed` where its files are not what was installed, `refused` by
    /// the policy, `declined` by a person, `protection` where one cannot be had, `resting` where it
    /// waits to be restored.
    pub fn start(&self, name: &str) -> Result<Started, Error> {
        let _turn = self.turn_of_installed(name)?;
        if let Some(running) = self.running(name)
            && running.live(&self.0.host).is_some()
        {
            return Ok(started(&running, name));
        }
        // A person wants it to start: what it failed with before does not count, unless that is for
        // `restore` to forgive.
        self.let_go(name);
        self.begin(name).map(|running| started(&running, name))
    }

    /// Stops a plugin, calls under way or not, and says how it ended.
    ///
    /// # Errors
    /// `not-running`.
    pub fn stop(&self, name: &str) -> Result<String, Error> {
        self.known(name)?;
        let _turn = self.turn_to_end(name);
        let ended = self.end(name);
        self.offer(name);
        ended.ok_or_else(|| {
            Error::new("not-running", format!("{} does not run", aether::source::quoted(name)))
        })
    }

    /// Stops a plugin if it runs, and starts the version that is installed now.
    ///
    /// # Errors
    /// As [`App::start`].
    pub fn restart(&self, name: &str) -> Result<Started, Error> {
        self.known(name)?;
        let _turn = self.turn_to_end(name);
        self.end(name);
        self.offer(name);
        self.begin(name).map(|running| started(&running, name))
    }

    /// Gives back what its monitor took from a plugin, and lets one be started again that did what no
    /// honest plugin does.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn restore(&self, name: &str) -> Result<(), Error> {
        self.known(name)?;
        // On record before it is so.
        self.0.record(name, "restore", "")?;
        let _turn = self.take_turn(name);
        self.0.forgive(name)?;
        if let Some(running) = self.running(name) {
            match running.live(&self.0.host) {
                Some(cell) => {
                    running.kept.restore();
                    // It may have ended just now: then there is nothing to give back to it.
                    let _ended = self.0.host.restore(cell, "a person");
                }
                None => self.let_go(name),
            }
        }
        self.offer(name);
        let file = self.0.folder.join("narrowed.json");
        let restored = aether::restore_narrowed(&file, name);
        restored.map_err(|error| Error::system("read what was taken from plugins", &error))?;
        self.tell(name, LifeState::Restored, None);
        Ok(())
    }

    /// Calls a method, and waits for its result; starts the plugin if it does not run. `caller` and `id`
    /// name the call for [`App::cancel`]. What comes before the result goes to `sink`.
    ///
    /// # Errors
    /// As [`App::start`]; `no-method`, `plugin-error`, `ended` with how its cell ended, `cancelled`,
    /// `bad-input`, `resting`, `degraded`, `busy` where the caller has too many calls open.
    #[expect(clippy::too_many_arguments, reason = "each is one thing that a page says of a call")]
    pub fn call(
        &self,
        caller: &str,
        id: &str,
        name: &str,
        method: &str,
        input: Value,
        limit: Option<Duration>,
        sink: Option<Box<Sink>>,
    ) -> Result<Value, Error> {
        let listed = self.0.calls.list(caller, id, sink)?;
        let limit = limit.unwrap_or(Duration::MAX);
        for _ in 0..RETRIES {
            if listed.open.is_cancelled() {
                return Err(CallError::Cancelled.into());
            }
            let running = self.ready(name)?;
            match one_call(&running.kept, method, &input, limit, &listed.open) {
                // Its rights or its version are others now: nothing was sent to it.
                Err(CallError::Retired) => self.let_go_of(name, &running),
                result => return Ok(result?),
            }
        }
        Err(CallError::Retired.into())
    }

    /// The same for a panel: the plugin is the one that the token is of.
    ///
    /// # Errors
    /// `no-panel` for a token of none; as [`App::call`].
    pub fn panel_call(
        &self,
        caller: &str,
        id: &str,
        token: &str,
        method: &str,
        input: Value,
    ) -> Result<Value, Error> {
        let plugin = self.plugin_of(token).ok_or_else(Error::panel_closed)?;
        self.call(caller, id, &plugin, method, input, None, None)
    }

    /// Cancels a call of this caller; false where there is none of that name.
    #[must_use]
    pub fn cancel(&self, caller: &str, id: &str) -> bool {
        self.0.calls.cancel(caller, id)
    }

    /// A caller is gone, such as a page that was closed: its calls are cancelled, and it answers no question
    /// any more.
    pub fn gone(&self, caller: &str) {
        self.0.calls.cancel_all(caller);
        self.0.hub.questions.gone(caller);
    }

    /// The cells that run, of the plugins that `hears` is true for.
    #[must_use]
    pub fn metrics(&self, hears: impl Fn(&str) -> bool) -> Metrics {
        let host = &self.0.host;
        let all = host.overview();
        let own = all.iter().filter(|view| hears(&view.plugin));
        Metrics {
            run: host.run_id().to_owned(),
            uptime_ms: millis(self.0.started.elapsed()),
            pressure: host.pressure().name().to_owned(),
            cells: own.map(cell).collect(),
        }
    }

    pub(crate) fn running(&self, name: &str) -> Option<Arc<Running>> {
        lock(&self.0.running).get(name).cloned()
    }

    pub(crate) fn is_running(&self, name: &str) -> bool {
        self.cell_of(name).is_some()
    }

    /// The number of its cell: of the one that was started here, or else of one that others call.
    pub(crate) fn cell_of(&self, name: &str) -> Option<u32> {
        let own = self.running(name).and_then(|running| running.live(&self.0.host));
        let other = || self.0.host.cells().into_iter().find(|(_, plugin)| plugin == name);
        own.or_else(|| other().map(|(cell, _)| cell))
    }

    /// One that is kept, started if need be.
    fn ready(&self, name: &str) -> Result<Arc<Running>, Error> {
        self.check_offences(name)?;
        if let Some(running) = self.running(name) {
            return Ok(running);
        }
        let _turn = self.turn_of_installed(name)?;
        match self.running(name) {
            Some(running) => Ok(running),
            None => self.begin(name),
        }
    }

    fn begin(&self, name: &str) -> Result<Arc<Running>, Error> {
        let inner: &Inner = &self.0;
        if inner.is_closed() {
            return Err(Error::new("closing", "not started: the app is being closed"));
        }
        self.check_offences(name)?;
        if lock(&inner.running).len() >= MAX_RUNNING {
            let message = format!("{MAX_RUNNING} plugins run already");
            return Err(Error::new("full", message).fix("stop one of them"));
        }
        if self.waiting_bytes() > MAX_WAITING {
            let message = "the changes that wait take too much memory for another start";
            return Err(Error::new("full", message).fix("apply or discard them first"));
        }
        let (held, plugin, options) = self.loaded(name)?;
        let kept = inner.host.keep_started(&plugin, &options, RestartPolicy::default());
        let kept = kept.inspect_err(|_| inner.start_failed(name))?;
        let running = Arc::new(Running { kept, _held: held });
        lock(&inner.running).insert(name.to_owned(), Arc::clone(&running));
        // It was closed meanwhile: nothing runs on after that.
        if inner.is_closed() {
            self.end(name);
            return Err(Error::new("closing", "not started: the app is being closed"));
        }
        Ok(running)
    }

    /// That it did nothing for which it waits for a person.
    fn check_offences(&self, name: &str) -> Result<(), Error> {
        let Some(why) = self.0.offence(name) else { return Ok(()) };
        let message = format!("the plugin is not started before it is restored: {why}");
        Err(Error::new("resting", message).fix("look at what it did, and restore it"))
    }

    /// Ends what runs of it, and offers it no more; its turn has to be held. Says how the one ended that
    /// was started here.
    pub(crate) fn end(&self, name: &str) -> Option<String> {
        self.withdraw(name);
        let running = lock(&self.0.running).remove(name)?;
        let was = running.live(&self.0.host);
        let ending = running.kept.end();
        was.and(ending).map(|ending| ending.to_string())
    }

    /// Lets what runs go on, and starts nothing of it again: what is started next has the version and the
    /// rights of then. Its turn has to be held.
    pub(crate) fn outdate(&self, name: &str) {
        if let Some(running) = self.running(name) {
            running.kept.retire();
            if running.live(&self.0.host).is_none() {
                self.let_go(name);
            }
        }
        // What others call of it ends at once: nobody sees when it would.
        self.offer(name);
    }

    /// Keeps one no more that has ended.
    fn let_go(&self, name: &str) {
        let gone = lock(&self.0.running).remove(name);
        if let Some(running) = gone {
            running.kept.end();
        }
    }

    /// The same, unless another one has taken its place.
    fn let_go_of(&self, name: &str, gone: &Arc<Running>) {
        let mut all = lock(&self.0.running);
        if all.get(name).is_some_and(|there| Arc::ptr_eq(there, gone)) {
            all.remove(name);
        }
    }

    /// Keeps others from starting or stopping the plugin as long as what this gives is locked.
    pub(crate) fn take_turn(&self, name: &str) -> Turn {
        let turn = Arc::clone(lock(&self.0.turns).entry(name.to_owned()).or_default());
        Turn::of(turn)
    }

    /// The same for whoever is going to end it: one that is asked before it starts need not answer any more.
    pub(crate) fn turn_to_end(&self, name: &str) -> Turn {
        let _ends = self.0.hub.ends(name);
        self.take_turn(name)
    }

    fn turn_of_installed(&self, name: &str) -> Result<Turn, Error> {
        self.known(name)?;
        Ok(self.take_turn(name))
    }

    /// That a plugin is installed: names of others leave nothing behind.
    pub(crate) fn known(&self, name: &str) -> Result<(), Error> {
        self.listed(name).map(drop)
    }
}

fn one_call(
    kept: &KeptPlugin,
    method: &str,
    input: &Value,
    limit: Duration,
    open: &Open,
) -> Result<Value, CallError> {
    let Some(sink) = &open.sink else {
        let call = kept.begin(method, input.clone(), limit)?;
        open.begins(call.cell(), call.canceller());
        return call.wait();
    };
    let mut pieces = kept.stream(method, input.clone(), limit)?;
    open.begins(pieces.cell(), pieces.canceller());
    for value in pieces.by_ref() {
        sink(CallEvent::Piece { value });
    }
    pieces.finish()
}

fn started(running: &Running, name: &str) -> Started {
    let kept = &running.kept;
    Started {
        cell: kept.cell().unwrap_or_default(),
        name: name.to_owned(),
        engine: kept.engine().unwrap_or_default(),
        methods: kept.exports().to_vec(),
        posture: kept.posture().as_ref().map(posture_lines).unwrap_or_default(),
    }
}

pub(crate) fn posture_lines(posture: &Posture) -> Vec<PostureLine> {
    let line = |line: &aether::PostureLine| PostureLine {
        name: line.protection.name().to_owned(),
        state: word(&line.state),
        detail: line.detail.clone(),
    };
    posture.lines.iter().map(line).collect()
}

fn cell(view: &aether::CellView) -> Cell {
    let sample = &view.sample;
    Cell {
        cell: view.cell,
        plugin: view.plugin.clone(),
        rung: view.rung.name().to_owned(),
        pressed: view.pressed.name().to_owned(),
        risk: view.risk,
        age_ms: millis(sample.at),
        memory: sample.memory,
        memory_limit: view.memory_limit,
        cores: view.cores,
        cpu_ms: millis(sample.cpu),
        calls: sample.calls,
        open_calls: view.open_calls,
        denials: sample.denials,
        bytes_in: sample.bytes_in,
        bytes_out: sample.bytes_out,
        processes: sample.processes,
        threads: sample.survey.threads,
        descriptors: sample.survey.descriptors,
        findings: view.findings,
        last_finding: view.last_finding.clone(),
    }
}

/// Those who start or stop one plugin, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    taken: Mutex<bool>,
    left: Condvar,
}

/// Nobody else starts or stops the plugin while this lives.
pub(crate) struct Turn(Arc<Turns>);

impl Turn {
    fn of(turns: Arc<Turns>) -> Self {
        let taken = lock(&turns.taken);
        let mut taken =
            turns.left.wait_while(taken, |taken| *taken).unwrap_or_else(PoisonError::into_inner);
        *taken = true;
        drop(taken);
        Self(turns)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *lock(&self.0.taken) = false;
        self.0.left.notify_one();
    }
}
