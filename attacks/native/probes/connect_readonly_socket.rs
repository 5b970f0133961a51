use std::os::unix::net::UnixStream;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-readonly-socket",
    tries: "Connects to a socket of the host that lies in a folder granted for reading.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = format!("{}/socket", scene.readonly());
    reach::hear(UnixStream::connect(&path).at_step("connecting")?, "of a socket for reading")
}
