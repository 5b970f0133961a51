use std::fs::{self, File};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "inode-bomb",
    tries: "Makes twenty thousand empty files in the folder it may write.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MOST: u32 = 20_000;

fn attempt(scene: &Scene) -> Outcome {
    let folder = format!("{}/aether-native-{}-inodes", scene.granted(), scene.id);
    fs::create_dir(&folder).at_step("a folder")?;
    let made =
        (0..MOST).try_for_each(|number| File::create(format!("{folder}/{number}")).map(drop));
    fs::remove_dir_all(&folder).needed("removing them")?;
    made.at_step("a file")?;
    bites(format!("made {MOST} files"))
}
