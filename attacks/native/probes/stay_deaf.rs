#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-deaf",
    tries: "Leaves a child that ignores every signal it can.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        let _leads = rustix::process::setsid();
        for signal in 1..64 {
            // SAFETY: ignoring a signal runs no handler.
            unsafe { libc::signal(signal, libc::SIG_IGN) };
        }
        parts::stay();
    }
    bites("left a child that hears nothing")
}
