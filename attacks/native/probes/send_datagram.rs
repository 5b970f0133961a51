use std::net::{Ipv4Addr, UdpSocket};

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "send-datagram",
    tries: "Sends a datagram to the machine's loopback and hears the answer.",
    row: Row::Network,
    needs: &[Need::Loopback],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).at_step("a socket")?;
    socket.set_read_timeout(Some(reach::PATIENCE)).needed("a timeout")?;
    socket.send_to(b"?", (Ipv4Addr::LOCALHOST, scene.udp)).at_step("sending")?;
    let mut heard = [0; 64];
    match socket.recv(&mut heard).at_step("hearing") {
        Ok(length) => reach::shows_secret(&heard[..length], "in a datagram"),
        // Nobody answers.
        Err(miss) => Err(miss.means(libc::EAGAIN, Kind::Absent)),
    }
}
