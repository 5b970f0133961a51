#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-by-vfork",
    tries: "Leaves a child whose parent waits for it within the kernel.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        let flags = (libc::CLONE_VFORK | libc::SIGCHLD) as u64;
        // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork; the
        // parent returns when the child has ended.
        match unsafe { call(libc::SYS_clone, [flags, 0, 0, 0, 0]) } {
            Ok(0) => parts::stay(),
            _ => parts::end(),
        }
    }
    // They are there by then.
    std::thread::sleep(std::time::Duration::from_millis(50));
    bites("left a child and its parent")
}
