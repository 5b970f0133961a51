use std::os::unix::net::UnixStream;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-granted-socket",
    tries: "Connects to a socket of the host that lies in the granted folder.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // A grant of files is none of the programs that listen there.
    let path = format!("{}/socket", scene.granted());
    reach::hear(UnixStream::connect(&path).at_step("connecting")?, "of a socket in the grant")
}
