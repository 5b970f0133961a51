#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{HERE, at, call};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "set-mount-attributes",
    tries: "Changes the attributes of the tree of mounts by the newest call.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    apart::own_mounts();
    // `struct mount_attr`: sets nodiratime, clears nothing.
    let attributes = [0x80u64, 0, 0, 0];
    let arguments = [HERE, at(c"/".as_ptr()), 0, at(attributes.as_ptr()), 32];
    // SAFETY: mount_setattr(2) reads a live text and 32 live bytes.
    unsafe { call(libc::SYS_mount_setattr, arguments) }.at_step("mount_setattr")?;
    bites("changed a mount")
}
