use std::os::unix::net::UnixStream;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-temporary-socket",
    tries: "Connects to a socket in the machine's folders for temporary files.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let name = scene.shared_name();
    any(["/tmp", "/run"].map(|folder| {
        let path = format!("{folder}/{name}.socket");
        reach::hear(UnixStream::connect(&path).at_step(&path)?, "of a shared socket")
    }))
}
