use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-masked-files",
    tries: "Reads files of /proc and /sys that tell of the machine's hardware, keys and timers.",
    row: Row::Masks,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

const FILES: &[&str] = &[
    "/proc/keys",
    "/proc/timer_list",
    "/proc/kpageflags",
    "/proc/slabinfo",
    "/proc/vmallocinfo",
    "/proc/sched_debug",
    "/sys/firmware/acpi/tables/DSDT",
    "/sys/kernel/debug/tracing/trace",
    "/sys/kernel/tracing/trace",
    "/sys/kernel/slab",
];

fn attempt(_: &Scene) -> Outcome {
    any(FILES.iter().map(|path| {
        reach::open(path, OFlags::RDONLY)?;
        bites(format!("may read {path}"))
    }))
}
