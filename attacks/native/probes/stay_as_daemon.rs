#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-as-daemon",
    tries: "Leaves a daemon: without terminal, working folder or open descriptors.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        let _leads = rustix::process::setsid();
        if let Ok(false) = parts::fork() {
            parts::end();
        }
        let _anywhere = rustix::process::chdir("/");
        // SAFETY: nothing uses a descriptor from here on; the process only sleeps.
        let _closed = unsafe { call(libc::SYS_close_range, [0, u64::from(u32::MAX), 0]) };
        parts::stay();
    }
    bites("left a daemon")
}
