use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "remove-own-program",
    tries: "Renames its own program to its own name, which changes nothing where it may.",
    row: Row::OwnPolicy,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let program = std::env::current_exe().needed("its own path")?;
    let other = program.with_extension("renamed");
    // Renaming a file to its own name is checked by nobody, so it goes away and comes back.
    fs::rename(&program, &other)
        .at_step("renaming its program")
        // It is a mount of its own.
        .map_err(|miss| miss.means(libc::EBUSY, Kind::Denied))?;
    fs::rename(&other, &program).needed("renaming it back")?;
    bites("may replace its own program")
}
