#![allow(unsafe_code, reason = "the attack is a raw system call")]

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "map-writable-program",
    tries: "Has memory that is writable and executable, as just-in-time compilers do.",
    row: Row::AnonymousPrograms,
    needs: &[],
    expect: Expect::Report,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let all = ProtFlags::READ | ProtFlags::WRITE | ProtFlags::EXEC;
    // SAFETY: a new mapping where the kernel chooses overlaps nothing.
    unsafe { mmap_anonymous(std::ptr::null_mut(), 4096, all, MapFlags::PRIVATE) }
        .at_step("mapping")?;
    bites("has memory that is writable and executable")
}
