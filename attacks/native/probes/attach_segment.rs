#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "attach-segment",
    tries: "Attaches a shared segment of the machine.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let read_only = libc::SHM_RDONLY as u64;
    // SAFETY: shmat(2) with address 0 maps where nothing is.
    let place = unsafe { call(libc::SYS_shmat, [scene.segment as u64, 0, read_only]) };
    let place =
        place.at_step("attaching").map_err(|miss| miss.means(libc::EINVAL, Kind::Absent))?;
    // SAFETY: the segment has at least a page, and stays attached until the program ends.
    let bytes = unsafe { std::slice::from_raw_parts(place as *const u8, 64) };
    reach::shows_secret(bytes, "in a shared segment")
}
