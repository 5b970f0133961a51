//! Processes made ahead of the starts that take them.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use aether_container::{Cell, LaunchError, LaunchOptions, Program, Recipe, Spare, Workload};

use super::lock;

/// A cell that has just started has the machine to itself for this long before the next spare is
/// made.
const REST: Duration = Duration::from_millis(10);

/// At most one spare process for each kind of cell.
pub(super) struct Spares {
    program: Program,
    /// Whether each start makes the next spare.
    keep: bool,
    engine: Arc<Place>,
    native: Arc<Place>,
}

#[derive(Default)]
struct Place {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
enum State {
    #[default]
    Empty,
    Making,
    Ready(Box<Spare>),
    /// The host is gone.
    Closed,
}

impl Spares {
    pub(super) fn new(program: Program) -> Self {
        Self { program, keep: false, engine: Arc::default(), native: Arc::default() }
    }

    /// Whether each start makes the next spare.
    pub(super) const fn kept(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    /// Launches a cell, from the spare if there is one.
    pub(super) fn launch(&self, recipe: &Recipe) -> Result<Cell, LaunchError> {
        let native = matches!(recipe.workload, Workload::Native(_));
        let spare = if recipe.confine { self.place(native).take() } else { None };
        let options = LaunchOptions { spare, ..LaunchOptions::default() };
        let cell = aether_container::launch_with(recipe, options)?;
        if self.keep && recipe.confine {
            self.make(native, REST);
        }
        Ok(cell)
    }

    /// Makes a spare in the background, if there is none.
    pub(super) fn make(&self, native: bool, rest: Duration) {
        let place = Arc::clone(self.place(native));
        match &mut *lock(&place.state) {
            state @ State::Empty => *state = State::Making,
            _ => return,
        }
        let program = self.program.clone();
        let own = Arc::clone(&place);
        let work = move || {
            std::thread::sleep(rest);
            // Why it cannot be had is told by the launch that then goes without.
            own.put(Spare::make(&program, native).ok());
        };
        if std::thread::Builder::new().name("aether-spare".to_owned()).spawn(work).is_err() {
            place.put(None);
        }
    }

    const fn place(&self, native: bool) -> &Arc<Place> {
        if native { &self.native } else { &self.engine }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        for place in [&self.engine, &self.native] {
            // Ends a process that waits; one that is being made is ended by its maker.
            drop(std::mem::replace(&mut *lock(&place.state), State::Closed));
        }
    }
}

impl Place {
    /// The spare, waited for if it is being made.
    fn take(&self) -> Option<Spare> {
        let making = |state: &mut State| matches!(state, State::Making);
        let mut state = self
            .changed
            .wait_while(lock(&self.state), making)
            .unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut *state) {
            State::Ready(spare) => Some(*spare),
            _ => None,
        }
    }

    fn put(&self, made: Option<Spare>) {
        let mut state = lock(&self.state);
        if matches!(*state, State::Making) {
            *state = made.map_or(State::Empty, |spare| State::Ready(Box::new(spare)));
        }
        drop(state);
        self.changed.notify_all();
    }
}
