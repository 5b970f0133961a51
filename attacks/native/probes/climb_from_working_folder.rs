use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "climb-from-working-folder",
    tries: "Reads a file by its working folder, which its launcher may have kept.",
    row: Row::Descriptors,
    needs: &[Need::Folder],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let up = format!("{}{}", "../".repeat(16), scene.secret().trim_start_matches('/'));
    any(["secret.txt", "../outside/secret.txt", &up].map(reach::read))
}
