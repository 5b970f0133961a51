#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "trace-parent",
    tries: "Attaches to its parent and to the first process, which hold its sandbox.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let parent = std::os::unix::process::parent_id();
    any([parent, 1].into_iter().filter(|pid| *pid != std::process::id()).map(|pid| {
        // SAFETY: PTRACE_SEIZE stops nobody and passes no memory; the kernel detaches at the end.
        unsafe { call(libc::SYS_ptrace, [u64::from(libc::PTRACE_SEIZE), u64::from(pid), 0, 0]) }
            .at_step("attaching")?;
        bites(format!("traces process {pid}"))
    }))
}
