use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-loopback",
    tries: "Connects to a port of the machine's loopback.",
    row: Row::Network,
    needs: &[Need::Loopback],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, scene.port));
    let stream = TcpStream::connect_timeout(&address, reach::PATIENCE).at_step("connecting")?;
    stream.set_read_timeout(Some(reach::PATIENCE)).needed("a timeout")?;
    reach::hear(stream, "on the loopback of the machine")
}
