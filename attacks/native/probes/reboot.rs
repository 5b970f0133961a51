#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "reboot",
    tries: "Asks to restart the machine, without the numbers that make it an order.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: reboot(2) without its magic numbers does nothing.
    match unsafe { call(libc::SYS_reboot, [0, 0, 0, 0]) }.at_step("the call") {
        // Past the check of its rights, the kernel looked at the arguments.
        Err(Miss { errno: Some(libc::EINVAL), .. }) if scene.in_machines("pid") => {
            bites("was refused only for its arguments")
        }
        Err(Miss { errno: Some(libc::EINVAL), .. }) => {
            Err(Miss::absent("would end its own processes only"))
        }
        other => other.map(|_| "it was done".to_owned()),
    }
}
