use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::Command;

use rustix::fs::OFlags;
use rustix::fs::{MemfdFlags, memfd_create};

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "execute-memory-by-path",
    tries: "Executes a program from memory by its link in /proc.",
    row: Row::AnonymousPrograms,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let program = fs::read("/proc/self/exe").at_step("reading its program")?;
    let memory = memfd_create("program", MemfdFlags::empty()).at_step("a file in memory")?;
    let path = format!("/proc/self/fd/{}", memory.as_raw_fd());
    // Nobody may have it open for writing when it is executed.
    let mut writer = fs::OpenOptions::new().write(true).open(&path).at_step("opening it")?;
    writer.write_all(&program).at_step("filling it")?;
    drop(writer);
    let reader = reach::open(&path, OFlags::RDONLY)?;
    // The child has it open under the same number.
    let inherited = rustix::io::dup(&reader).needed("a descriptor")?;
    drop(memory);
    parts::runs(
        &mut Command::new(format!("/proc/self/fd/{}", inherited.as_raw_fd())),
        "a file in memory",
    )
}
