#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "signal-group",
    tries: "Signals the process group that its launcher belongs to.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: kill(2) takes integers; signal 0 is only checked.
    unsafe { call(libc::SYS_kill, [(-i64::from(scene.host)) as u64, 0]) }
        .or_else(|_| {
            let group = rustix::process::getpgid(rustix::process::Pid::from_raw(scene.victim));
            let group = group.map_err(|error| error.raw_os_error())?;
            // SAFETY: as above.
            unsafe { call(libc::SYS_kill, [(-i64::from(group.as_raw_nonzero().get())) as u64, 0]) }
        })
        .at_step("signalling")?;
    bites("may signal the launcher's group")
}
