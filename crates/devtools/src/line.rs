//! One connection: what waits to be sent on it, and when it is cut.
//!
//! A line on which nobody is attached has a time at which it is cut, whatever is under way, and the door's
//! own thread looks after that. Whoever reads or writes then fails: at once where the system wakes a
//! thread whose socket is shut down, and otherwise when it looks up from its wait.

use std::collections::VecDeque;
use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::limits::{HEAD_TIME, LAST_WORDS, LOOK_UP, MAX_WAITING_BYTES, PIECE, STALL_TIME};
use crate::shared::lock;

/// A connection that was taken.
pub(crate) struct Line {
    stream: TcpStream,
    state: Mutex<State>,
    /// Something waits, was sent, or no longer is.
    changed: Condvar,
}

struct State {
    phase: Phase,
    /// What waits to be sent, the oldest first: whole frames, of which several may be in one piece.
    queue: VecDeque<Vec<u8>>,
    /// Its bytes, and those on their way.
    waiting: usize,
    /// When it is cut. Never by itself while a debugger is attached.
    until: Option<Instant>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It asks, and gets one answer.
    Asking,
    /// It is a debugger's.
    Attached,
    /// What waits still goes out, and nothing more.
    Closing,
    /// Nothing goes in or out.
    Cut,
}

impl Line {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        // Some systems have that from the listener.
        stream.set_nonblocking(false)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LOOK_UP))?;
        stream.set_write_timeout(Some(STALL_TIME))?;
        let until = Some(Instant::now() + HEAD_TIME);
        let state = State { phase: Phase::Asking, queue: VecDeque::new(), waiting: 0, until };
        Ok(Self { stream, state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Makes it a debugger's, who is told so with this.
    pub(crate) fn attach(&self, told: Vec<u8>) {
        let mut state = lock(&self.state);
        if state.phase == Phase::Asking {
            (state.phase, state.until) = (Phase::Attached, None);
            state.put(told);
        }
    }

    pub(crate) fn is_attached(&self) -> bool {
        lock(&self.state).phase == Phase::Attached
    }

    /// Puts a frame behind what waits, if it is a debugger's. Waits for room, and cuts a debugger that
    /// makes none in [`STALL_TIME`].
    pub(crate) fn push(&self, frame: Vec<u8>) {
        let until = Instant::now() + STALL_TIME;
        let mut state = lock(&self.state);
        while state.phase == Phase::Attached && !state.has_room(frame.len()) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.cut_off(&mut state);
                break;
            }
            let woken = self.changed.wait_timeout(state, left);
            state = woken.map_or_else(|poisoned| poisoned.into_inner().0, |(state, _)| state);
        }
        if state.phase == Phase::Attached {
            state.put(frame);
            self.changed.notify_all();
        }
    }

    /// Takes leave of a debugger with a last frame, for which there is always room. What comes later
    /// than [`LAST_WORDS`] is not waited for.
    pub(crate) fn close(&self, last: Vec<u8>) {
        let mut state = lock(&self.state);
        if state.phase == Phase::Attached {
            (state.phase, state.until) = (Phase::Closing, Some(Instant::now() + LAST_WORDS));
            state.put(last);
            self.changed.notify_all();
        }
    }

    /// Cuts it.
    pub(crate) fn cut(&self) {
        self.cut_off(&mut lock(&self.state));
    }

    /// Cuts it if it has not attached.
    pub(crate) fn cut_if_asking(&self) {
        let mut state = lock(&self.state);
        if state.phase == Phase::Asking {
            self.cut_off(&mut state);
        }
    }

    /// Cuts it if its time is up.
    pub(crate) fn cut_if_late(&self, now: Instant) {
        let mut state = lock(&self.state);
        if state.until.is_some_and(|until| until <= now) {
            self.cut_off(&mut state);
        }
    }

    /// Sends the one answer to whoever asks.
    pub(crate) fn answer(&self, bytes: &[u8]) {
        if (&self.stream).write_all(bytes).is_ok() {
            self.end_of_words();
        }
    }

    /// Sends what is put in, until there is nothing more to come, or nobody who reads it.
    pub(crate) fn deliver(&self) {
        while let Some(frames) = self.next() {
            for piece in frames.chunks(PIECE) {
                if (&self.stream).write_all(piece).is_err() {
                    return self.cut();
                }
            }
            self.sent(frames.len());
        }
        self.end_of_words();
    }

    /// Reads what the other side says. No bytes once it says no more, or the line is cut.
    pub(crate) fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            // Waits without taking anything: on Windows, what a wait had taken when its time was up
            // may be lost.
            let read = self.stream.peek(&mut [0]).and_then(|_| (&self.stream).read(into));
            match read {
                Err(error) if is_no_failure(&error) => {
                    if lock(&self.state).phase == Phase::Cut {
                        return Ok(0);
                    }
                }
                read => return read,
            }
        }
    }

    /// Reads on until the other side hangs up. One that is hung up on while it speaks loses what was
    /// said to it last.
    pub(crate) fn drain(&self) {
        let mut unheard = [0; 4096];
        while self.read(&mut unheard).is_ok_and(|read| read > 0) {}
    }

    /// What is to be sent next. Waits for it; none once there is nothing more to come.
    fn next(&self) -> Option<Vec<u8>> {
        let mut state = lock(&self.state);
        loop {
            match (state.phase, state.queue.pop_front()) {
                (Phase::Cut, _) => return None,
                (_, Some(frames)) => return Some(frames),
                (Phase::Closing, None) => return None,
                (Phase::Asking | Phase::Attached, None) => state = self.wait(state),
            }
        }
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    /// So much was sent.
    fn sent(&self, bytes: usize) {
        let mut state = lock(&self.state);
        state.waiting = state.waiting.saturating_sub(bytes);
        self.changed.notify_all();
    }

    fn end_of_words(&self) {
        // Fails where the other side has hung up before.
        drop(self.stream.shutdown(Shutdown::Write));
    }

    fn cut_off(&self, state: &mut State) {
        (state.phase, state.until, state.waiting) = (Phase::Cut, None, 0);
        state.queue.clear();
        // Wakes whoever reads or writes. Fails where the other side has hung up before.
        drop(self.stream.shutdown(Shutdown::Both));
        self.changed.notify_all();
    }
}

/// Whether this only ends a wait.
fn is_no_failure(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}

impl State {
    fn put(&mut self, frame: Vec<u8>) {
        self.waiting += frame.len();
        match self.queue.back_mut() {
            // On its own, a small one would take more memory than it has bytes.
            Some(last) if last.len() + frame.len() <= PIECE => last.extend(frame),
            _ => self.queue.push_back(frame),
        }
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.waiting == 0 || self.waiting.saturating_add(bytes) <= MAX_WAITING_BYTES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State { phase: Phase::Attached, queue: VecDeque::new(), waiting: 0, until: None }
    }

    #[test]
    fn small_frames_wait_together_and_large_ones_alone() {
        let mut state = state();
        (0..PIECE).for_each(|_| state.put(vec![1]));
        assert_eq!(state.queue.len(), 1);
        state.put(vec![2; PIECE * 3]);
        state.put(vec![3]);
        assert_eq!(state.queue.iter().map(Vec::len).collect::<Vec<_>>(), [PIECE, PIECE * 3, 1]);
        assert_eq!(state.waiting, PIECE * 4 + 1);
    }

    #[test]
    fn there_is_room_for_so_much_and_for_any_one_frame() {
        let mut state = state();
        assert!(state.has_room(usize::MAX));
        state.waiting = 1;
        assert!(state.has_room(MAX_WAITING_BYTES - 1));
        assert!(!state.has_room(MAX_WAITING_BYTES) && !state.has_room(usize::MAX));
        state.waiting = MAX_WAITING_BYTES + 14;
        assert!(!state.has_room(1));
    }
}
