//! The processes of a native cell, looked at and halted from outside, for hosts that have no
//! control group to do it.
//!
//! Every process of the cell's namespace is below its init, orphans too: the kernel gives them to
//! it. So the lists of children, from the init downwards, lead to all of them.

mod end;
mod hold;
mod memory;
mod time;
mod walk;

use std::os::fd::OwnedFd;
use std::time::Duration;

use self::hold::Hold;
use self::memory::Memory;
use self::time::Time;
use super::raw;

pub(super) use self::end::end_all;

/// Looks that must find too many processes: one can see a process that is gone beside the one in its
/// place.
const LOOKS: u32 = 3;

/// What is known of a cell's processes from look to look.
#[derive(Debug)]
pub(super) struct Tree {
    init: i32,
    time: Time,
    memory: Memory,
    hold: Hold,
    most: u32,
    /// How many looks in a row found more processes than there may be.
    too_many: u32,
}

/// What one look found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Bytes of memory; see [`Memory`] for what is counted.
    pub(super) memory: u64,
    /// Processor time so far.
    pub(super) cpu: Duration,
    /// Processes and threads, the init not counted.
    pub(super) processes: u32,
    /// Whether that is as many as there may be.
    pub(super) is_full: bool,
    /// Whether there are more, and not for a moment only.
    pub(super) is_over: bool,
}

/// Threads of a process; none when it is gone.
pub(super) fn threads(pid: i32) -> u32 {
    walk::read(pid).map_or(0, |process| process.threads)
}

impl Tree {
    /// The tree below an init, which may have so much memory and so many processes and threads.
    /// Everything that it writes is in the file system of the scratch.
    pub(super) fn new(init: i32, scratch: Option<OwnedFd>, memory: u64, most: u32) -> Self {
        let memory = Memory::new(scratch, memory);
        Self { init, time: Time::default(), memory, hold: Hold::default(), most, too_many: 0 }
    }

    /// The same for a tree whose init ends it, by signals, and so must never stand still.
    pub(super) fn of_no_namespace(self) -> Self {
        Self { hold: Hold::sparing_the_init(), ..self }
    }

    /// Ends what is left of those that were seen, and what is below them: for when their init is
    /// gone without having done it.
    pub(super) fn end_what_was_seen(&self) {
        end::end_seen(&self.time.seen());
    }

    /// Whether nothing more can be written where everything is that it writes.
    pub(super) fn is_scratch_full(&self) -> bool {
        self.memory.is_scratch_full()
    }

    /// They may have so much memory from now on.
    pub(super) fn set_memory(&mut self, limit: u64) {
        self.memory.set_limit(limit);
    }

    /// All of them: the number of each, and its threads. Nothing is concluded from it, as from a look.
    pub(super) fn processes(&self) -> Vec<(i32, u32)> {
        let found = walk::walk(self.init, &self.time.seen());
        found.iter().map(|process| (process.pid, process.threads)).collect()
    }

    /// `None` when the cell has ended.
    pub(super) fn look(&mut self) -> Option<Look> {
        let processes = walk::walk(self.init, &self.time.seen());
        if processes.is_empty() {
            return None;
        }
        let ticks = self.time.take(&processes);
        let threads: u32 = processes.iter().map(|process| process.threads).sum();
        // While they come and go a look can see one that is gone beside one in its place.
        self.too_many = match threads.saturating_sub(1) > self.most {
            true => self.too_many + 1,
            false => 0,
        };
        let beside_init = threads.saturating_sub(1).min(self.most);
        Some(Look {
            memory: self.memory.take(&processes),
            cpu: Duration::from_millis(ticks.saturating_mul(1000) / raw::clock_ticks()),
            processes: beside_init,
            is_full: beside_init >= self.most,
            is_over: self.too_many >= LOOKS,
        })
    }

    /// Stops every process, those that are just being made too.
    pub(super) fn stop(&mut self) {
        self.hold.stop(self.init);
    }

    /// Lets those go on that were stopped here.
    pub(super) fn go_on(&mut self) {
        self.hold.go_on(self.init);
    }
}
