use std::fs;

use rustix::mount::{UnmountFlags, unmount};

use crate::apart;
use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Kind, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "unmount-masks",
    tries: "Asks to unmount what covers a part of /proc, /sys or /dev, by the flag that only marks.",
    row: Row::Masks,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // Without mounts of its own a mark is all that it leaves, for a moment.
    let _ = apart::own_mounts();
    let mounts = fs::read_to_string("/proc/self/mountinfo").at_step("the mounts")?;
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(4));
    let covers =
        |point: &&str| ["/proc", "/sys", "/dev"].iter().any(|folder| point.starts_with(folder));
    any(points.filter(covers).map(|point| {
        let asked = unmount(point, UnmountFlags::EXPIRE).at_step(point);
        // Using the mount takes the mark away.
        drop(fs::read_dir(point));
        match asked {
            Ok(()) => bites(format!("unmounted {point}")),
            // The mark is set, or somebody is there: it may.
            Err(Miss { errno: Some(libc::EAGAIN | libc::EBUSY), .. }) => {
                bites(format!("may unmount {point}"))
            }
            // Locked to its parent, as in a namespace of less right.
            Err(miss) => Err(miss.means(libc::EINVAL, Kind::Denied)),
        }
    }))
}
