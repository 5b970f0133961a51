use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-devices",
    tries: "Opens devices of the machine: disks, loops, virtual machines, networks.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

const DEVICES: &[&str] = &[
    "/dev/vda",
    "/dev/sda",
    "/dev/nvme0n1",
    "/dev/loop-control",
    "/dev/loop0",
    "/dev/kvm",
    "/dev/fuse",
    "/dev/net/tun",
    "/dev/vhost-vsock",
    "/dev/vhost-net",
    "/dev/userfaultfd",
    "/dev/vsock",
    "/dev/mapper/control",
    "/dev/input/event0",
];

fn attempt(_: &Scene) -> Outcome {
    any(DEVICES.iter().map(|path| {
        reach::open(path, OFlags::RDONLY)?;
        bites(format!("opened {path}"))
    }))
}
