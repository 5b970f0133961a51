use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "climb-from-descriptors",
    tries: "Looks through all descriptors for a file or folder, and climbs from folders.",
    row: Row::Descriptors,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let entries = fs::read_dir("/proc/self/fd").at_step("its descriptors")?;
    let numbers: Vec<i32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    // The listing of the folder is among them, and closed by now.
    let found = numbers.into_iter().filter(|number| *number > 2).find_map(|number| {
        let link = format!("/proc/self/fd/{number}");
        let kind = fs::metadata(&link).ok()?.file_type();
        let target = fs::read_link(&link).ok()?;
        (kind.is_file() || kind.is_dir()).then(|| format!("{number} is {}", target.display()))
    });
    found.map_or_else(|| Err(Miss::absent("no descriptor of a file")), bites)
}
