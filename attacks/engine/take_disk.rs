use std::os::unix::fs::FileExt;

use rustix::fs::{MemfdFlags, memfd_create};

use crate::{Attack, Miss, Outcome, Refused, Scene, bites};

pub(super) const ATTACK: Attack = Attack {
    name: "take-disk",
    tries: "Writes a file larger than any that it may.",
    source: "memfd_create(2), RLIMIT_FSIZE",
    needs: &[],
    attempt,
    refused: Refused::Limited,
};

fn attempt(_: &Scene) -> Outcome {
    let file = memfd_create(c"attack", MemfdFlags::empty()).map_err(|e| e.raw_os_error())?;
    // One byte, one gigabyte out.
    let wrote = std::fs::File::from(file).write_all_at(b"x", 1 << 30);
    wrote.map_err(|error| Miss::Refused(error.raw_os_error().unwrap_or(0)))?;
    bites("has a file of one gigabyte")
}
