#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Need, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "measure-other",
    tries: "Reads how long another cell has worked, by the clock of its processor time.",
    source: "clock_getcpuclockid(3): the clock's number holds a process's",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["clock_gettime"]),
};

fn attempt(scene: &Scene) -> Outcome {
    /// `CPUCLOCK_SCHED`.
    const SCHEDULED: i32 = 2;
    let clock = !scene.victim.pid << 3 | SCHEDULED;
    let mut time = [0i64; 2];
    // SAFETY: clock_gettime(2) writes one `struct timespec`, two words, to a live array of two.
    match unsafe { call(libc::SYS_clock_gettime, [clock as u64, at(time.as_mut_ptr())]) } {
        Err(errno) => Err(Miss::Refused(errno)),
        Ok(_) => bites(format!("another has worked for {}.{:09} s", time[0], time[1])),
    }
}
