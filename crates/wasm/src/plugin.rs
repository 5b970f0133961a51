//! A plugin that runs: one instance for its life, or one for each call.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Instant;

use wasmtime::component::Instance;
use wasmtime::{Store, UpdateDeadline};

use crate::call::{self, Call, News, Output};
use crate::facts::{Form, Method};
use crate::failure::{Failure, Why};
use crate::gate::Gate;
use crate::program::{Program, Shared};
use crate::state::{Current, State, Surroundings};

/// Most names of methods told in a message.
const NAMES: usize = 20;

/// How long an instance lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// One instance for the plugin's life: what it keeps in memory it has at the next call.
    #[default]
    Kept,
    /// A fresh instance for every call, for plugins that say that they keep nothing.
    Fresh,
}

/// A plugin that runs. It serves one call at a time, in the thread that calls.
///
/// After a failure that [ends its instance](Failure::ends_instance) the memory of a kept one may be
/// anything: nothing of it is left, and the next call begins another. Programs (`wasi:cli/run`) get a fresh
/// instance for each call either way, since they can be run once.
pub struct Plugin<G: Gate + 'static> {
    life: Life<G>,
    program: Arc<Shared<G>>,
    /// Methods that the plugin's handler named.
    handled: Vec<String>,
}

/// A plugin that could not be begun.
#[derive(Debug)]
pub struct NotStarted<G> {
    /// Why not.
    pub failure: Failure,
    /// The gate that it would have had.
    pub gate: G,
}

enum Life<G: 'static> {
    Kept(Box<Alive<G>>),
    Between(Box<State<G>>),
    Ended(Box<State<G>>),
    /// Only while it goes from one to another.
    Changing,
}

/// An instance and its store.
pub(crate) struct Alive<G: 'static> {
    pub(crate) store: Store<State<G>>,
    pub(crate) instance: Instance,
}

impl<G: Gate + 'static> Plugin<G> {
    /// Begins a plugin. Code that it runs at its start must have ended at `until`.
    ///
    /// # Errors
    /// [`NotStarted`]: what the code at its start did, and the gate.
    pub fn start(
        program: &Program<G>,
        gate: G,
        around: Arc<Surroundings>,
        reuse: Reuse,
        until: Instant,
    ) -> Result<Self, Box<NotStarted<G>>> {
        let program = program.shared().clone();
        let mut state = State::new(gate, around);
        state.current.deadline = until;
        let _running = program.engine.ticker.enter();
        let is_command = |method: &Method| method.form == Form::Command;
        let begins = reuse == Reuse::Kept && !program.facts.methods.iter().all(is_command);
        if !begins && program.handler.is_none() {
            let life = Life::Between(Box::new(state));
            return Ok(Self { life, handled: Vec::new(), program: program.clone() });
        }
        let lost = |failure, state: State<G>| Box::new(NotStarted { failure, gate: state.gate });
        let mut alive = begin(&program, state).map_err(|failed| lost(failed.0, failed.1))?;
        let handled = match call::handled(&program, &mut alive) {
            Ok(handled) => handled,
            Err(failure) => return Err(lost(failure, alive.store.into_data().renewed())),
        };
        let life = match reuse {
            Reuse::Kept => Life::Kept(Box::new(alive)),
            Reuse::Fresh => Life::Between(Box::new(alive.store.into_data().renewed())),
        };
        Ok(Self { life, handled, program: program.clone() })
    }

    /// The names of its methods, sorted.
    #[must_use]
    pub fn methods(&self) -> Vec<String> {
        let methods = self.program.facts.methods.iter().map(|method| method.name.clone());
        let mut names: Vec<_> = methods.chain(self.handled.iter().cloned()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether it hears events.
    #[must_use]
    pub fn listens(&self) -> bool {
        self.program.listener.is_some()
    }

    /// Calls a method.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn call(&mut self, call: &Call<'_>) -> Result<Output, Failure> {
        let export = self.program.exports.get(call.method);
        let handled = export.is_none() && self.handled.iter().any(|name| name == call.method);
        if export.is_none() && !handled {
            return Err(Failure::new(Why::NoMethod, self.no_method(call.method)));
        }
        let current = Current {
            id: call.id,
            method: call.method.to_owned(),
            caller: call.caller.map(str::to_owned),
            deadline: call.until,
            wants_pieces: call.wants_pieces,
        };
        let is_command = export.is_some_and(|export| export.form == Form::Command);
        self.run(current, is_command, |program, alive| call::make(program, alive, call))
    }

    fn no_method(&self, method: &str) -> String {
        let names = self.methods();
        let shown: Vec<_> = names.iter().take(NAMES).map(|name| format!("`{name}`")).collect();
        let there = match shown.is_empty() {
            true => "it exports none".to_owned(),
            false => format!("it exports {}", shown.join(", ")),
        };
        let mut text = format!("the plugin has no method `{method}`; {there}");
        for left_out in self.program.facts.left_out.iter().take(NAMES) {
            let _ = write!(text, "; {left_out}");
        }
        text
    }

    /// Tells it of something that happened.
    ///
    /// # Errors
    /// [`Failure`]; [`Why::NoMethod`] where it hears no events.
    pub fn hear(&mut self, news: &News<'_>) -> Result<(), Failure> {
        if self.program.listener.is_none() {
            return Err(Failure::new(Why::NoMethod, "the plugin hears no events"));
        }
        let current = Current {
            id: news.id,
            method: news.topic.to_owned(),
            caller: None,
            deadline: news.until,
            wants_pieces: false,
        };
        self.run(current, false, |program, alive| call::hear(program, alive, news))
    }

    /// It may have so many bytes of memory from now on. What it has already it keeps.
    pub fn set_memory(&mut self, bytes: u64) {
        if let Some(state) = self.state() {
            state.limiter.set_memory(bytes);
        }
    }

    /// Bytes of memory that it has, or that its last instance had at its end.
    #[must_use]
    pub fn memory(&self) -> u64 {
        match &self.life {
            Life::Kept(alive) => alive.store.data().limiter.memory(),
            Life::Between(state) | Life::Ended(state) => state.had,
            Life::Changing => 0,
        }
    }

    /// Its gate, between calls.
    pub fn gate(&mut self) -> Option<&mut G> {
        self.state().map(|state| &mut state.gate)
    }

    /// Ends it, and gives its gate back.
    #[must_use]
    pub fn end(self) -> Option<G> {
        match self.life {
            Life::Kept(alive) => Some(alive.store.into_data().renewed().gate),
            Life::Between(state) | Life::Ended(state) => Some(state.gate),
            Life::Changing => None,
        }
    }

    fn state(&mut self) -> Option<&mut State<G>> {
        match &mut self.life {
            Life::Kept(alive) => Some(alive.store.data_mut()),
            Life::Between(state) | Life::Ended(state) => Some(&mut **state),
            Life::Changing => None,
        }
    }

    fn run<T>(
        &mut self,
        current: Current,
        is_command: bool,
        work: impl FnOnce(&Shared<G>, &mut Alive<G>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let program = self.program.clone();
        let _running = program.engine.ticker.enter();
        let life = std::mem::replace(&mut self.life, Life::Changing);
        let life = match life {
            Life::Ended(mut state) if !is_command => {
                state.current = current.clone();
                match begin(&program, *state) {
                    Ok(alive) => Life::Kept(Box::new(alive)),
                    Err(failed) => {
                        let (failure, state) = *failed;
                        self.life = Life::Ended(Box::new(state));
                        return Err(failure);
                    }
                }
            }
            life => life,
        };
        let (life, done) = match life {
            Life::Kept(mut alive) if !is_command => {
                enter(&program, &mut alive, current);
                let done = work(&program, &mut alive);
                alive.store.data_mut().last_lines();
                match &done {
                    Err(failure) if failure.ends_instance() => {
                        let state = alive.store.into_data().renewed();
                        (Life::Ended(Box::new(state)), done)
                    }
                    _ => (Life::Kept(alive), done),
                }
            }
            Life::Between(mut state) => {
                state.current = current;
                once(&program, *state, is_command, work)
            }
            // Programs beside methods: the instance for the methods waits.
            Life::Kept(alive) => (Life::Kept(alive), Err(no_program())),
            // It was begun anew above, or serves no programs.
            Life::Ended(state) => (Life::Ended(state), Err(no_program())),
            Life::Changing => {
                (Life::Changing, Err(Failure::new(Why::Ended, "the plugin is no more")))
            }
        };
        self.life = life;
        done
    }
}

fn no_program() -> Failure {
    Failure::new(
        Why::NoMethod,
        "a component that exports `wasi:cli/run` beside methods serves the methods alone",
    )
}

/// A call of an instance that is made for it and dropped after it.
fn once<G: Gate + 'static, T>(
    program: &Shared<G>,
    mut state: State<G>,
    is_command: bool,
    work: impl FnOnce(&Shared<G>, &mut Alive<G>) -> Result<T, Failure>,
) -> (Life<G>, Result<T, Failure>) {
    if is_command {
        state.stdio.output = Some(Vec::new());
    }
    match begin(program, state) {
        Ok(mut alive) => {
            let done = work(program, &mut alive);
            alive.store.data_mut().last_lines();
            (Life::Between(Box::new(alive.store.into_data().renewed())), done)
        }
        Err(failed) => {
            let (failure, state) = *failed;
            (Life::Between(Box::new(state)), Err(failure))
        }
    }
}

/// Makes an instance, and runs what it runs at its start.
fn begin<G: Gate + 'static>(
    program: &Shared<G>,
    state: State<G>,
) -> Result<Alive<G>, Box<(Failure, State<G>)>> {
    let limits = state.around.limits.clone();
    let mut store = Store::new(&program.engine.engine, state);
    store.limiter(|state| &mut state.limiter);
    store.set_hostcall_fuel(limits.transfer);
    store.set_max_component_handles(limits.handles);
    store.epoch_deadline_callback(|mut context| match context.data_mut().look() {
        Ok(()) => Ok(UpdateDeadline::Continue(1)),
        Err(over) => Err(over.into()),
    });
    refuel(program, &mut store);
    match program.pre.instantiate(&mut store) {
        Ok(instance) => Ok(Alive { store, instance }),
        Err(error) => {
            let failure = call::failed(&error, &mut store);
            let failure = match failure.why {
                Why::Trap("host") => Failure { why: Why::Start, ..failure },
                _ => failure,
            };
            Err(Box::new((failure, store.into_data().renewed())))
        }
    }
}

fn enter<G: Gate + 'static>(program: &Shared<G>, alive: &mut Alive<G>, current: Current) {
    alive.store.data_mut().current = current;
    alive.store.data_mut().limiter.forget();
    refuel(program, &mut alive.store);
}

fn refuel<G: Gate + 'static>(program: &Shared<G>, store: &mut Store<State<G>>) {
    store.set_epoch_deadline(1);
    if program.engine.settings.fuel {
        let fuel = store.data().around.limits.fuel.unwrap_or(u64::MAX);
        // It fails only where fuel is not counted.
        let _ = store.set_fuel(fuel);
    }
}
