//! A child of this process, named by a number that is not given to another while it is used.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

use super::super::unix::raw::{Reaped, reap};

/// A child. Its number is its own until it is reaped, which nobody does but this.
#[derive(Debug)]
pub(super) struct Process {
    pid: i32,
    /// Held while the number is used.
    reaped: Mutex<bool>,
}

impl Process {
    pub(super) const fn new(pid: i32) -> Self {
        Self { pid, reaped: Mutex::new(false) }
    }

    pub(super) const fn pid(&self) -> i32 {
        self.pid
    }

    fn reaped(&self) -> MutexGuard<'_, bool> {
        self.reaped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signals it and its whole group. No effect once it was reaped.
    pub(super) fn signal(&self, signal: Signal) {
        let reaped = self.reaped();
        if !*reaped {
            self.signal_all(signal);
        }
    }

    fn signal_all(&self, signal: Signal) {
        let Some(pid) = Pid::from_raw(self.pid) else { return };
        // ESRCH: it has ended, or has no group of its own yet.
        let _gone = kill_process(pid, signal);
        let _gone = kill_process_group(pid, signal);
    }

    /// Reaps it if it has ended; `None` if it has not.
    ///
    /// # Errors
    /// The system's, where the embedding program has reaped it.
    pub(super) fn try_reap(&self) -> io::Result<Option<Reaped>> {
        self.reap(false)
    }

    /// Ends it with its whole group, and waits for that.
    pub(super) fn end(&self) {
        self.signal(Signal::KILL);
        let _gone = self.reap(true);
    }

    fn reap(&self, block: bool) -> io::Result<Option<Reaped>> {
        let mut reaped = self.reaped();
        if *reaped {
            return Err(io::ErrorKind::NotFound.into());
        }
        if !block && !self.has_ended()? {
            return Ok(None);
        }
        if !block {
            // Whatever it left in its group, while the number still names that group.
            self.signal_all(Signal::KILL);
        }
        let result = reap(self.pid, block);
        *reaped = !matches!(result, Ok(None));
        result
    }

    /// Looks without reaping. waitid(2).
    fn has_ended(&self) -> io::Result<bool> {
        let pid = Pid::from_raw(self.pid).ok_or(io::ErrorKind::InvalidInput)?;
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(pid), options)?.is_some())
    }
}

/// A child that is not yet a cell; dropped, it is ended.
#[derive(Debug)]
pub(super) struct Life(Option<Process>);

impl Life {
    pub(super) const fn new(pid: i32) -> Self {
        Self(Some(Process::new(pid)))
    }

    /// It is somebody else's from here on.
    pub(super) fn go_on(mut self) -> Option<Process> {
        self.0.take()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(process) = &self.0 {
            process.end();
        }
    }
}
