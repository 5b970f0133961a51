#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::fs::{self, File};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "sparse-bomb",
    tries: "Makes a file that claims a terabyte.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = format!("{}/aether-native-{}-sparse", scene.granted(), scene.id);
    let file = File::create(&path).at_step("a file")?;
    // A file larger than its limit also sends a signal, which says no more than the error.
    // SAFETY: ignoring a signal runs no handler.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    let grown = file.set_len(1 << 40);
    fs::remove_file(&path).needed("removing it")?;
    grown.at_step("growing it")?;
    bites("made a file of a terabyte")
}
