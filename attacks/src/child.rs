//! What attacks that make processes or eat memory have in common.
#![allow(unsafe_code, reason = "ends and awaits a forked child by hand")]

use crate::{Miss, Outcome, Scene, bites};

/// After a call that forks: ends the child, awaits it in the parent.
///
/// # Errors
/// The call's error.
pub fn child(forked: Result<u64, i32>) -> Result<(), Miss> {
    let pid = match forked? {
        0 => {
            // SAFETY: _exit(2) takes an integer, runs no handler and does not return.
            unsafe { libc::_exit(0) }
        }
        pid => pid as libc::pid_t,
    };
    // SAFETY: waitpid(2) allows a null status; the child ends at once.
    unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) };
    Ok(())
}

impl Scene {
    /// Outside in a child, which the call replaces by `sh -c 'exit 42'`; inside right here.
    ///
    /// # Errors
    /// The call's error.
    pub fn executes(&self, execute: impl FnOnce() -> Result<u64, i32>) -> Outcome {
        /// What the executed program returns; no error number has this value here.
        const PROOF: i32 = 42;
        if !self.outside {
            execute()?;
            return bites("executed a file");
        }
        // SAFETY: fork(2) in a process with one thread; the child only executes or ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let errno = execute().err().unwrap_or(0);
            // SAFETY: _exit(2) takes an integer, runs no handler and does not return.
            unsafe { libc::_exit(errno) }
        }
        let mut status = 0;
        // SAFETY: waitpid(2) writes one int to a live variable; the program ends at once.
        unsafe { libc::waitpid(pid, &raw mut status, 0) };
        match libc::WEXITSTATUS(status) {
            PROOF if libc::WIFEXITED(status) => bites("executed a shell"),
            errno => Err(Miss::Refused(errno)),
        }
    }
}

/// Bytes that an attack on the memory limit takes: four times the limit of the harness's cells.
const FILL: usize = 256 << 20;

/// Calls `take` for one megabyte after the other until it has four times the limit.
///
/// # Errors
/// The first error.
pub fn fill(mut take: impl FnMut() -> Result<(), Miss>) -> Outcome {
    for _ in 0..FILL >> 20 {
        take()?;
    }
    bites(format!("took {} MB", FILL >> 20))
}
