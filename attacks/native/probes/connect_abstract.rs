use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-abstract",
    tries: "Connects to an abstract socket of the machine, which no file tree holds back.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let name = scene.abstract_name();
    let address = SocketAddr::from_abstract_name(name.as_bytes()).needed("the name")?;
    let stream = UnixStream::connect_addr(&address).at_step("connecting")?;
    reach::hear(stream, "of an abstract socket")
}
