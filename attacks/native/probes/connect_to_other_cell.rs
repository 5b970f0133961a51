use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-to-other-cell",
    tries: "Connects to an abstract socket of another cell.",
    row: Row::Cells,
    needs: &[Need::Neighbour],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let name = scene.neighbour_name();
    let address = SocketAddr::from_abstract_name(name.as_bytes()).needed("the name")?;
    UnixStream::connect_addr(&address).at_step("connecting")?;
    bites("connected to another cell")
}
