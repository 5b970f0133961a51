use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::process::Command;

use rustix::fs::OFlags;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Miss, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "run-setuid",
    tries: "Runs a program with the set-user-ID bit, to become another user.",
    row: Row::Setuid,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

/// A user that is neither root nor the one of the run.
const OTHER: u32 = 45_678;

/// Where systems keep such programs.
const KNOWN: &[&str] =
    &["/usr/bin/su", "/usr/bin/mount", "/usr/bin/passwd", "/usr/bin/newgrp", "/usr/bin/sudo"];

fn attempt(scene: &Scene) -> Outcome {
    if rustix::process::geteuid().is_root() {
        return run_own(scene);
    }
    if rustix::thread::no_new_privs().needed("no_new_privs")? {
        return Err(Miss::denied("no program raises rights here"));
    }
    let found = KNOWN.iter().find(|path| {
        fs::metadata(path).is_ok_and(|data| data.uid() == 0 && data.mode() & libc::S_ISUID != 0)
    });
    let Some(program) = found else { return Err(Miss::absent("no such program")) };
    let file = reach::open(program, OFlags::RDONLY)?;
    let mount = rustix::fs::fstatvfs(&file).needed("its mount")?;
    if mount.f_flag.contains(rustix::fs::StatVfsMountFlags::NOSUID) {
        return Err(Miss::denied("the bit is void on its mount"));
    }
    bites(format!("may run {program} as root"))
}

/// Root makes one of its own, and sees by the link of `cp` under /proc whether the bit counts.
fn run_own(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    rustix::process::chdir("/").needed("the root")?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o755)).needed("its mode")?;
    let program = scratch.join("other");
    fs::copy("/usr/bin/id", &program).needed("a copy of id")?;
    chown(&program, Some(OTHER), None)
        .at_step("giving it away")
        // No such user in its namespace.
        .map_err(|miss| miss.means(libc::EINVAL, Kind::Denied))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o4755)).at_step("setting the bit")?;
    let told = Command::new(&program).arg("-u").output().at_step("running it")?;
    match String::from_utf8_lossy(&told.stdout).trim() {
        "45678" => bites("ran as another user"),
        _ => Err(Miss::denied("the bit does not count")),
    }
}
