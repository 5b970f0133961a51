use std::os::unix::net::UnixStream;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-pathname",
    tries: "Connects to a socket outside the grant.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = format!("{}/socket", scene.outside());
    reach::hear(UnixStream::connect(&path).at_step("connecting")?, "of a socket outside")
}
