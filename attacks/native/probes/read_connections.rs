use std::fs;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-connections",
    tries: "Finds the machine's listeners in the tables of its connections.",
    row: Row::Network,
    needs: &[Need::Loopback],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let port = format!("0100007F:{:04X}", scene.port);
    let name = scene.abstract_name();
    any([("/proc/net/tcp", &port), ("/proc/net/unix", &name)].map(|(path, word)| {
        if fs::read_to_string(path).at_step(path)?.contains(word) {
            bites(format!("found a listener of the machine in {path}"))
        } else {
            Err(Miss::absent(format!("{path} names no listener of the machine")))
        }
    }))
}
