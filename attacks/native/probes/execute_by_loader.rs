use std::process::Command;

use crate::errors::any;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "execute-by-loader",
    tries: "Has the loader run a program that lies in the folder for reading and may not be executed.",
    row: Row::AnonymousPrograms,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

const LOADERS: &[&str] = &["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];

fn attempt(scene: &Scene) -> Outcome {
    let program = format!("{}/program", scene.readonly());
    any(LOADERS.iter().map(|loader| {
        parts::runs(Command::new(loader).arg(&program), "a file that is not executable")
    }))
}
