use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-passwords",
    tries: "Opens the passwords, keys and logs of the machine, and reads nothing.",
    row: Row::Files,
    needs: &[Need::Root],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const FILES: &[&str] = &[
    "/etc/shadow",
    "/etc/gshadow",
    "/etc/ssh/ssh_host_ed25519_key",
    "/etc/sudoers",
    "/var/log/dpkg.log",
    "/var/log/syslog",
    "/root/.ssh",
];

fn attempt(_: &Scene) -> Outcome {
    any(FILES.iter().map(|path| {
        reach::open(path, OFlags::RDONLY)?;
        bites(format!("may read {path}"))
    }))
}
