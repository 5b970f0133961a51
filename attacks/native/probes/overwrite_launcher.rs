use crate::errors::any;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "overwrite-launcher",
    tries: "Opens the programs of its parent and of the first process to write them.",
    row: Row::Launcher,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let parent = std::os::unix::process::parent_id();
    any([parent, 1].map(|pid| match reach::writable(format!("/proc/{pid}/exe")) {
        Err(Miss { errno: Some(libc::ETXTBSY), .. }) => {
            bites(format!("may write the program of process {pid} once it has ended"))
        }
        other => other,
    }))
}
