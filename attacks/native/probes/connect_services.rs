use std::os::unix::net::{UnixDatagram, UnixStream};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "connect-services",
    tries: "Connects to the sockets of Docker, containerd, D-Bus, systemd, X11 and the like.",
    row: Row::Sockets,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const KNOWN: &[&str] = &[
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
    "/run/podman/podman.sock",
    "/run/crio/crio.sock",
    "/run/dbus/system_bus_socket",
    "/run/systemd/private",
    "/run/systemd/notify",
    "/run/udev/control",
    "/run/snapd.socket",
    "/run/nscd/socket",
    "/dev/log",
    "/tmp/.X11-unix/X0",
];

fn attempt(_: &Scene) -> Outcome {
    any(KNOWN.iter().map(|path| {
        let stream = UnixStream::connect(path).map(drop);
        // EPROTOTYPE: it is one for datagrams.
        stream.or_else(|_| UnixDatagram::unbound()?.connect(path)).at_step(path)?;
        bites(format!("connected to {path}"))
    }))
}
