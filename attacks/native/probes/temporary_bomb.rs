use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "temporary-bomb",
    tries: "Fills sixty-four megabytes of temporary files.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MEGABYTES: usize = 64;

fn attempt(scene: &Scene) -> Outcome {
    let path = Path::new("/tmp").join(format!("aether-native-{}-bomb", scene.id));
    let mut file = File::create(&path).at_step("a file")?;
    let filled = (0..MEGABYTES).try_for_each(|_| file.write_all(&vec![1; 1 << 20]));
    fs::remove_file(&path).needed("removing it")?;
    filled.at_step("filling it")?;
    bites(format!("filled {MEGABYTES} MB"))
}
