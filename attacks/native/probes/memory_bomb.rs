#![allow(unsafe_code, reason = "the attack is a raw system call")]

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "memory-bomb",
    tries: "Takes sixty-four megabytes of memory.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MEGABYTES: usize = 64;

fn attempt(_: &Scene) -> Outcome {
    let both = ProtFlags::READ | ProtFlags::WRITE;
    for _ in 0..MEGABYTES {
        // Populated at once, so that it is memory and no promise.
        let flags = MapFlags::PRIVATE | MapFlags::POPULATE;
        // SAFETY: a new mapping where the kernel chooses overlaps nothing.
        unsafe { mmap_anonymous(std::ptr::null_mut(), 1 << 20, both, flags) }.at_step("memory")?;
    }
    bites(format!("took {MEGABYTES} MB"))
}
