//! Processes made ahead of the starts that take them.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aether_container::{Cell, LaunchError, LaunchOptions, Program, Recipe, Spare, Workload};

use super::lock;

/// A cell that has just started has the machine to itself for this long before the next spare is
/// made. A start that comes before waits for nothing.
const REST: Duration = Duration::from_millis(10);

/// How long a start waits for a spare that is being made. About as long as it takes to make one: who
/// waited in vain has lost no more than that.
const PATIENCE: Duration = Duration::from_millis(20);

/// How often a spare that waits is looked at: whether it could still be used. One that could not is
/// ended, and holds nothing of the host's any more.
const LOOK: Duration = Duration::from_secs(2);

/// At most one spare process for each kind of cell.
pub(super) struct Spares {
    program: Program,
    /// Whether each start makes the next spare.
    keep: bool,
    /// This process. A copy of it has neither the threads that make spares nor the spares.
    owner: u32,
    engine: Arc<Place>,
    native: Arc<Place>,
    /// Threads that make spares and look after them.
    makers: Mutex<Vec<JoinHandle<()>>>,
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
    /// One will be made, unless somebody starts a cell before.
    Resting,
    /// One is being made, and perhaps waited for.
    Making {
        awaited: bool,
    },
    Ready(Box<Spare>),
    /// Nothing starts any more.
    Closed,
}

impl Spares {
    pub(super) fn new(program: Program) -> Self {
        let owner = std::process::id();
        let (engine, native) = (Arc::default(), Arc::default());
        Self { program, keep: false, owner, engine, native, makers: Mutex::default() }
    }

    /// Whether each start makes the next spare.
    pub(super) const fn kept(mut self, keep: bool) -> Self {
        self.keep = keep;
        self
    }

    /// Whether they are processes of this program.
    pub(super) fn are_of(&self, program: &Program) -> bool {
        self.program == *program
    }

    /// Launches a cell, from the spare if there is one; in the container of this name, where the system's
    /// have names.
    pub(super) fn launch(&self, container: String, recipe: &Recipe) -> Result<Cell, LaunchError> {
        let native = matches!(recipe.workload, Workload::Native(_));
        let spare = if recipe.confine && self.is_own() { self.place(native).take() } else { None };
        let container = Some(container);
        let options = LaunchOptions { spare, container, ..LaunchOptions::default() };
        let cell = aether_container::launch_with(recipe, options)?;
        if self.keep && recipe.confine {
            self.make(native, REST);
        }
        Ok(cell)
    }

    /// Makes a spare in the background, after a rest, if there is none.
    pub(super) fn make(&self, native: bool, rest: Duration) {
        // There are none elsewhere.
        if !cfg!(target_os = "linux") {
            return;
        }
        let place = Arc::clone(self.place(native));
        match &mut *lock(&place.state) {
            state @ State::Empty if self.is_own() => *state = State::Resting,
            _ => return,
        }
        let program = self.program.clone();
        let own = Arc::clone(&place);
        let work = move || own.keep_one(rest, || Spare::make(&program, native).ok());
        match std::thread::Builder::new().name("aether-spare".to_owned()).spawn(work) {
            Ok(maker) => {
                let mut makers = lock(&self.makers);
                makers.retain(|maker| !maker.is_finished());
                makers.push(maker);
            }
            Err(_) => place.put(None),
        }
    }

    /// Ends those that wait. Later ones are made as before.
    pub(super) fn thin_out(&self) {
        for place in [&self.engine, &self.native] {
            let mut state = lock(&place.state);
            if matches!(*state, State::Ready(..)) {
                let waiting = std::mem::replace(&mut *state, State::Empty);
                drop(state);
                drop(waiting);
            }
        }
    }

    /// Ends those that wait, and makes no more. When it comes back nothing of them is left.
    pub(super) fn close(&self) {
        if !self.is_own() {
            return;
        }
        for place in [&self.engine, &self.native] {
            let waiting = std::mem::replace(&mut *lock(&place.state), State::Closed);
            place.changed.notify_all();
            drop(waiting);
        }
        // One that is being made is ended by its maker.
        for maker in std::mem::take(&mut *lock(&self.makers)) {
            // One that failed has made nothing.
            drop(maker.join());
        }
    }

    fn is_own(&self) -> bool {
        self.owner == std::process::id()
    }

    const fn place(&self, native: bool) -> &Arc<Place> {
        if native { &self.native } else { &self.engine }
    }
}

impl Drop for Spares {
    fn drop(&mut self) {
        self.close();
    }
}

impl Place {
    /// The spare. One that is being made is waited for, by one start.
    fn take(&self) -> Option<Spare> {
        let mut state = lock(&self.state);
        match &mut *state {
            State::Resting => *state = State::Empty,
            State::Making { awaited: awaited @ false } => {
                *awaited = true;
                let making = |state: &mut State| matches!(state, State::Making { .. });
                let waited = self.changed.wait_timeout_while(state, PATIENCE, making);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
            _ => {}
        }
        match std::mem::take(&mut *state) {
            State::Ready(spare) => {
                self.changed.notify_all();
                Some(*spare)
            }
            other => {
                *state = other;
                None
            }
        }
    }

    /// The life of a maker: rests, makes one, and looks after it until it is taken.
    fn keep_one(&self, rest: Duration, make: impl FnOnce() -> Option<Spare>) {
        let resting = |state: &mut State| matches!(state, State::Resting);
        let waited = self.changed.wait_timeout_while(lock(&self.state), rest, resting);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !matches!(*state, State::Resting) {
            return;
        }
        *state = State::Making { awaited: false };
        drop(state);
        // Should the maker fail, nobody waits for it.
        let mut made = Made(self, None);
        // Why none can be had is told by the start that then goes without.
        made.1 = make();
        drop(made);
        let mut state = lock(&self.state);
        while let State::Ready(spare) = &*state {
            if !spare.is_fit() {
                let unfit = std::mem::take(&mut *state);
                drop(state);
                drop(unfit);
                return;
            }
            let waiting = |state: &mut State| matches!(state, State::Ready(_));
            let waited = self.changed.wait_timeout_while(state, LOOK, waiting);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn put(&self, made: Option<Spare>) {
        let mut state = lock(&self.state);
        // Ended at the end, when nobody waits for the state.
        let _unused = match &*state {
            State::Resting | State::Making { .. } => {
                *state = made.map_or(State::Empty, |spare| State::Ready(Box::new(spare)));
                None
            }
            _ => made,
        };
        drop(state);
        self.changed.notify_all();
    }
}

/// What was made, put into its place when dropped: nothing, where the maker did not come to it.
struct Made<'a>(&'a Place, Option<Spare>);

impl Drop for Made<'_> {
    fn drop(&mut self) {
        self.0.put(self.1.take());
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// A maker on a thread of its own, whose spare is none.
    fn maker(place: &Arc<Place>, rest: Duration, work: fn()) -> std::thread::JoinHandle<()> {
        *lock(&place.state) = State::Resting;
        let own = Arc::clone(place);
        std::thread::spawn(move || {
            own.keep_one(rest, || {
                work();
                None
            });
        })
    }

    fn becomes(place: &Place, wanted: fn(&State) -> bool) {
        let until = Instant::now() + Duration::from_secs(20);
        while !wanted(&lock(&place.state)) {
            assert!(Instant::now() < until, "never");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_rest_is_not_waited_for() {
        let place = Arc::<Place>::default();
        let maker = maker(&place, Duration::from_secs(1000), || panic!("nothing is made"));
        assert!(place.take().is_none());
        maker.join().unwrap_or(());
        assert!(matches!(*lock(&place.state), State::Empty));
    }

    #[test]
    fn one_start_waits_and_not_for_long() {
        let place = Arc::<Place>::default();
        let slow = maker(&place, Duration::ZERO, || std::thread::sleep(Duration::from_secs(2)));
        becomes(&place, |state| matches!(state, State::Making { .. }));
        let began = Instant::now();
        assert!(place.take().is_none(), "it is not there in time");
        assert!(place.take().is_none(), "nor does another one wait");
        assert!(began.elapsed() < Duration::from_secs(1));
        slow.join().unwrap_or(());
        assert!(matches!(*lock(&place.state), State::Empty), "none could be had");
    }

    #[test]
    fn a_maker_that_fails_leaves_the_place_empty() {
        let place = Arc::<Place>::default();
        let broken = maker(&place, Duration::ZERO, || panic!("the maker's own fault"));
        assert!(broken.join().is_err());
        assert!(matches!(*lock(&place.state), State::Empty));
    }

    #[test]
    fn a_closed_place_stays_closed() {
        let spares = Spares::new(Program::Itself);
        spares.close();
        spares.make(true, Duration::ZERO);
        assert!(spares.native.take().is_none());
        assert!(matches!(*lock(&spares.native.state), State::Closed));
    }
}
