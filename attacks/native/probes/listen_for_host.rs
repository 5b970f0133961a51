use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "listen-for-host",
    tries: "Listens on a port where the host comes to.",
    row: Row::Network,
    needs: &[Need::Loopback],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, scene.visited)).at_step("listening")?;
    listener.set_nonblocking(true).needed("not waiting")?;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(1) {
        if listener.accept().is_ok() {
            return bites("the host came to its port");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(Miss::absent("nobody came"))
}
