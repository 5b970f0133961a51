//! The processes of a native cell, looked at and halted from outside, for hosts that have no
//! control group to do it.
//!
//! Every process of the cell's namespace is below its init, orphans too: the kernel gives them to
//! it. So the lists of children, from the init downwards, lead to all of them.

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

/// What is known of a cell's processes from look to look.
#[derive(Debug)]
pub(super) struct Tree {
    init: i32,
    time: Time,
    memory: Memory,
    hold: Hold,
    most: u32,
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
}

impl Tree {
    /// The tree below an init, which may have so much memory and so many processes and threads.
    /// Everything that it writes is in the file system of the scratch.
    pub(super) fn new(init: i32, scratch: Option<OwnedFd>, memory: u64, most: u32) -> Self {
        let memory = Memory::new(scratch, memory);
        Self { init, time: Time::default(), memory, hold: Hold::default(), most }
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
        let beside_init = threads.saturating_sub(1).min(self.most);
        Some(Look {
            memory: self.memory.take(&processes),
            cpu: Duration::from_millis(ticks.saturating_mul(1000) / raw::clock_ticks()),
            processes: beside_init,
            is_full: beside_init >= self.most,
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
