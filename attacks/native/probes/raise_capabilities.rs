#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-capabilities",
    tries: "Becomes another user and root again.",
    row: Row::Setuid,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let change = |user: u64, other: u64| {
        // SAFETY: setresuid(2) takes integers; it is the system call, so of this thread alone.
        unsafe { call(libc::SYS_setresuid, [user, other, user]) }
            .at_step("changing its user")
            // No such user in its namespace.
            .map_err(|miss| miss.means(libc::EINVAL, Kind::Denied))
    };
    change(0, 1)?;
    change(0, 0)?;
    bites("may be several users")
}
