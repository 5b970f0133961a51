use rustix::fs::{MemfdFlags, memfd_create};

use crate::{Attack, Outcome, Refused, Scene, bites};

pub(super) const ATTACK: Attack = Attack {
    name: "take-descriptors",
    tries: "Takes more descriptors than it may.",
    source: "memfd_create(2); the kernel's table of files",
    needs: &[],
    attempt,
    refused: Refused::Limited,
};

fn attempt(_: &Scene) -> Outcome {
    let mut files = Vec::new();
    for _ in 0..64 {
        files.push(memfd_create(c"attack", MemfdFlags::empty()).map_err(|e| e.raw_os_error())?);
    }
    bites(format!("has {} more descriptors", files.len()))
}
