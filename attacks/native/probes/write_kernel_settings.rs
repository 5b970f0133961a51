use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "write-kernel-settings",
    tries: "Opens settings of the kernel for writing, and writes nothing.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

const SETTINGS: &[&str] = &[
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/randomize_va_space",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/fs/protected_symlinks",
    "/proc/irq/default_smp_affinity",
    "/sys/kernel/uevent_helper",
    "/sys/kernel/mm/transparent_hugepage/enabled",
    "/sys/power/state",
    "/proc/sys/fs/binfmt_misc/register",
];

fn attempt(_: &Scene) -> Outcome {
    any(SETTINGS.iter().map(reach::writable))
}
