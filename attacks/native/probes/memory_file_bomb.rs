use std::fs::File;
use std::io::Write;

use rustix::fs::{MemfdFlags, memfd_create};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "memory-file-bomb",
    tries: "Takes sixty-four megabytes of memory by a file without a name.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MEGABYTES: usize = 64;

fn attempt(_: &Scene) -> Outcome {
    let memory = memfd_create("bomb", MemfdFlags::CLOEXEC).at_step("a file in memory")?;
    let mut file = File::from(memory);
    for _ in 0..MEGABYTES {
        file.write_all(&vec![1; 1 << 20]).at_step("memory")?;
    }
    bites(format!("took {MEGABYTES} MB"))
}
