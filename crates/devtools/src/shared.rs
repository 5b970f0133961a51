//! What the threads of a door share.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::about::About;
use crate::answer::Answer;
use crate::door::Event;
use crate::line::Line;
use crate::talk;

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) about: About,
    on_event: Box<dyn Fn(Event) + Send + Sync>,
    /// The debugger that is attached.
    seat: Mutex<Option<Seated>>,
    /// Set once, when the door is dropped.
    closing: AtomicBool,
}

struct Seated {
    line: Arc<Line>,
    /// The thread on which events are told.
    teller: ThreadId,
}

/// That a line has the one seat. Given back when this is dropped; where that is because something
/// panics, the line is cut.
pub(crate) struct Seat<'s> {
    shared: &'s Shared,
    line: &'s Line,
}

impl Shared {
    pub(crate) fn new(about: About, on_event: impl Fn(Event) + Send + Sync + 'static) -> Self {
        let closing = AtomicBool::new(false);
        Self { about, on_event: Box::new(on_event), seat: Mutex::default(), closing }
    }

    pub(crate) fn tell(&self, event: Event) {
        (self.on_event)(event);
    }

    /// Gives this line the seat, if it is free, and has it told so with this.
    pub(crate) fn seat<'s>(
        &'s self,
        line: &'s Arc<Line>,
        told: Vec<u8>,
    ) -> Result<Seat<'s>, Answer> {
        let mut seat = lock(&self.seat);
        // Looked at with the seat held: `dismiss` comes after it, and finds whoever sits there.
        if self.is_closing() {
            return Err(Answer::closing());
        }
        if seat.is_some() {
            return Err(Answer::busy());
        }
        line.attach(told);
        *seat = Some(Seated { line: Arc::clone(line), teller: thread::current().id() });
        Ok(Seat { shared: self, line })
    }

    /// The line of whoever is attached.
    pub(crate) fn attached(&self) -> Option<Arc<Line>> {
        lock(&self.seat).as_ref().map(|seated| Arc::clone(&seated.line))
    }

    /// Whether this is the thread on which events are told.
    pub(crate) fn is_teller(&self) -> bool {
        let here = thread::current().id();
        lock(&self.seat).as_ref().is_some_and(|seated| seated.teller == here)
    }

    /// Has the door close.
    pub(crate) fn close(&self) {
        self.closing.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// Takes leave of whoever is attached.
    pub(crate) fn dismiss(&self) {
        if let Some(line) = self.attached() {
            line.close(talk::door_closed());
        }
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.line.cut();
        }
        *lock(&self.shared.seat) = None;
    }
}

/// Locks, also after a thread has panicked: nothing here is left half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
