//! What ends a call of another plugin, also before it has begun.

use std::sync::{Arc, Mutex};

use crate::call::Canceller;
use crate::host::lock;

/// Held by whoever may want a call to end. The call is made on another thread, where the plugin may
/// have to be started first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Leash(Arc<Mutex<State>>);

#[derive(Debug, Default)]
enum State {
    /// The call has not begun.
    #[default]
    Waiting,
    /// It has.
    Running(Canceller),
    /// Nobody wants it any more.
    Dropped,
}

impl Leash {
    /// Nobody wants the call any more.
    pub(crate) fn cancel(&self) {
        let before = std::mem::replace(&mut *lock(&self.0), State::Dropped);
        if let State::Running(canceller) = before {
            canceller.cancel();
        }
    }

    /// The call has begun.
    pub(crate) fn hold(&self, canceller: Canceller) {
        let mut state = lock(&self.0);
        match *state {
            State::Dropped => canceller.cancel(),
            _ => *state = State::Running(canceller),
        }
    }

    /// Whether somebody still wants it.
    pub(crate) fn is_wanted(&self) -> bool {
        !matches!(*lock(&self.0), State::Dropped)
    }
}
