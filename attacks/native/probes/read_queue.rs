#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-queue",
    tries: "Looks into a message queue of the machine.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // `MSG_COPY` leaves the message there; it is given by number.
    let flags = (0o40000 | libc::IPC_NOWAIT) as u64;
    let mut message = [0u8; 72];
    let arguments = [scene.queue as u64, at(message.as_mut_ptr()), 64, 0, flags];
    // SAFETY: msgrcv(2) writes a number of eight bytes and at most 64 more to live memory.
    unsafe { call(libc::SYS_msgrcv, arguments) }
        .at_step("reading the queue")
        .map_err(|miss| miss.means(libc::EINVAL, Kind::Absent))?;
    reach::shows_secret(&message, "in a message queue")
}
