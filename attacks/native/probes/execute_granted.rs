use std::fs;
use std::path::Path;
use std::process::Command;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "execute-granted",
    tries: "Executes a program that it put into the folder it may write.",
    row: Row::AnonymousPrograms,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = Path::new(&scene.granted()).join(format!("aether-native-{}-program", scene.id));
    fs::copy("/proc/self/exe", &path).at_step("copying its program")?;
    let outcome = parts::runs(&mut Command::new(&path), "a program of its own");
    fs::remove_file(&path).needed("removing it")?;
    outcome
}
