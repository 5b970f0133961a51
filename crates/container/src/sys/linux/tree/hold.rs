//! Stopping every process of a tree, and letting them go on.

use std::collections::BTreeSet;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::walk::{Known, Process, read, walk};

/// How often the tree is gone through until nothing in it runs. A process that is being made while
/// its parent is stopped is found by the next time; what is left then, the next look finds.
const PASSES: u32 = 8;

/// What was stopped here.
#[derive(Debug, Default)]
pub(super) struct Hold {
    /// Processes that had been stopped by one of their own, which stay so; while nothing is held,
    /// `None`.
    before: Option<BTreeSet<(i32, u64)>>,
    spares_init: bool,
}

impl Hold {
    /// One that leaves the init alone, which must hear its host at any time.
    pub(super) fn sparing_the_init() -> Self {
        Self { spares_init: true, ..Self::default() }
    }

    /// Stops what runs. To be called again and again: a timer of the kernel's may send `SIGCONT`
    /// when nobody runs who could.
    pub(super) fn stop(&mut self, init: i32) {
        let mut known = Known::new();
        for _ in 0..PASSES {
            let processes = walk(init, &known);
            let before = self.before.get_or_insert_with(|| {
                let stopped = processes.iter().filter(|process| process.state == b'T');
                stopped.map(|process| (process.pid, process.start)).collect()
            });
            // Who was stopped and runs again was let go on by one of its own.
            let spared = |process: &&Process| self.spares_init && process.pid == init;
            let running = processes.iter().filter(|one| runs(one) && !spared(one));
            let mut any = false;
            for process in running {
                before.remove(&(process.pid, process.start));
                any |= signal(process, Signal::STOP);
            }
            if !any {
                return;
            }
            known = processes.iter().map(|process| (process.pid, process.start)).collect();
        }
    }

    /// Lets those go on that were stopped here.
    pub(super) fn go_on(&mut self, init: i32) {
        let Some(before) = self.before.take() else { return };
        for process in walk(init, &Known::new()) {
            if !before.contains(&(process.pid, process.start)) {
                signal(&process, Signal::CONT);
            }
        }
    }
}

/// Whether it can use a processor. Who waits for the kernel without a break, as a parent does in
/// vfork(2), takes the signal when that is over; a first thread that has ended says nothing of the
/// others.
pub(super) fn runs(process: &Process) -> bool {
    match process.state {
        b'T' | b't' | b'D' | b'X' => false,
        b'Z' => process.threads > 1,
        _ => true,
    }
}

/// Signals the process that was seen, and none that has its number by now.
pub(super) fn signal(process: &Process, signal: Signal) -> bool {
    let Some(pid) = Pid::from_raw(process.pid) else { return false };
    let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    // Read behind the descriptor: if that names somebody else, then this one is gone.
    read(process.pid).is_some_and(|now| now.start == process.start)
        && pidfd_send_signal(&pidfd, signal).is_ok()
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::Duration;

    use super::*;

    fn state(pid: i32) -> u8 {
        read(pid).map_or(b'?', |process| process.state)
    }

    #[track_caller]
    fn becomes(pid: i32, wanted: &[u8]) {
        for _ in 0..4000 {
            if wanted.contains(&state(pid)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{pid} stays {}", char::from(state(pid)));
    }

    #[test]
    fn a_tree_is_stopped_and_goes_on_but_for_what_was_stopped_before() {
        let script = "sleep 60 & sleep 61 & kill -STOP $!; wait";
        let mut shell = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let init = shell.id() as i32;
        let mut found = Vec::new();
        for _ in 0..4000 {
            found = walk(init, &Known::new());
            if found.len() == 3 && found.iter().any(|process| process.state == b'T') {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let halted = found.iter().find(|process| process.state == b'T').unwrap().pid;
        let mut hold = Hold::default();
        hold.stop(init);
        for process in &found {
            becomes(process.pid, b"T");
        }
        hold.go_on(init);
        for process in &found {
            let wanted: &[u8] = if process.pid == halted { b"T" } else { b"SRD" };
            becomes(process.pid, wanted);
        }
        for process in found.iter().rev() {
            signal(process, Signal::KILL);
        }
        shell.wait().unwrap();
    }

    #[test]
    fn a_number_that_has_gone_to_another_is_not_signalled() {
        let me = read(std::process::id() as i32).unwrap();
        let other = Process { start: me.start + 1, ..me };
        assert!(!signal(&other, Signal::KILL), "this test lives");
        assert!(!signal(&Process { pid: 0, ..me }, Signal::KILL));
    }
}
