#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "load-kernel",
    tries: "Asks to load another kernel, with flags that do not exist.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: kexec_load(2) without segments reads nothing, and these flags are none.
    match unsafe { call(libc::SYS_kexec_load, [0, 0, 0, 0xdead]) }.at_step("the call") {
        // Past the check of its rights, the kernel looked at the arguments.
        Err(Miss { errno: Some(libc::EINVAL), .. }) => bites("was refused only for its arguments"),
        other => other.map(|_| "it was done".to_owned()),
    }
}
