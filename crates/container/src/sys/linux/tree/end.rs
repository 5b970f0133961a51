//! Ending a tree from within, for an init that is no first process of a namespace.

use std::time::Duration;

use rustix::process::Signal;

use super::super::raw;
use super::hold::{runs, signal};
use super::walk::{Known, read, walk};

/// How often the tree is gone through until nothing in it runs. What is stopped keeps its place in
/// the limit on processes, so that those who fork away run out of room.
const PASSES: u32 = 64;

/// How long to wait between looks at processes that the kernel is still burying.
const BURIAL: Duration = Duration::from_millis(1);

/// Ends every process below this one, which orphans are given to, and tells of each as it is
/// reaped. Comes back when the kernel says that there is none: nobody is then left who could have
/// made another.
pub(in super::super) fn end_all(mut reaped: impl FnMut(i32, i32)) {
    let own = std::process::id().cast_signed();
    loop {
        stop_all(own);
        for process in walk(own, &Known::new()).iter().filter(|process| process.pid != own) {
            signal(process, Signal::KILL);
        }
        loop {
            match raw::reap_any(false) {
                Ok(Some((pid, status))) => reaped(pid, status),
                Ok(None) => break,
                Err(error) if error.raw_os_error() == Some(libc::EINTR) => {}
                // ECHILD.
                Err(_) => return,
            }
        }
        std::thread::sleep(BURIAL);
    }
}

/// Ends processes from outside, and those below them, as far as they can be found.
pub(super) fn end_seen(seen: &Known) {
    for (&pid, &start) in seen {
        if read(pid).is_some_and(|process| process.start == start) {
            for act in [Signal::STOP, Signal::KILL] {
                for process in walk(pid, &Known::new()) {
                    signal(&process, act);
                }
            }
        }
    }
}

/// First: who is being ended makes room for others, who is stopped does not.
fn stop_all(own: i32) {
    for _ in 0..PASSES {
        let mut any = false;
        for process in walk(own, &Known::new()).iter().filter(|process| process.pid != own) {
            any |= runs(process) && signal(process, Signal::STOP);
        }
        if !any {
            return;
        }
    }
}
