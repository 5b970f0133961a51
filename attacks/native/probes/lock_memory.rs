#![allow(unsafe_code, reason = "the attack is a raw system call")]

use rustix::mm::{MapFlags, ProtFlags, mlock, mmap_anonymous};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "lock-memory",
    tries: "Locks sixteen megabytes of memory, so that they cannot be taken back.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const SIZE: usize = 16 << 20;

fn attempt(_: &Scene) -> Outcome {
    let both = ProtFlags::READ | ProtFlags::WRITE;
    // SAFETY: a new mapping where the kernel chooses overlaps nothing, and stays to the end.
    unsafe {
        let place = mmap_anonymous(std::ptr::null_mut(), SIZE, both, MapFlags::PRIVATE)
            .at_step("memory")?;
        mlock(place, SIZE).at_step("locking")?;
    }
    bites("locked 16 MB")
}
