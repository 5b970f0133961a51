#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ptr::null;

use aether_attacks::{at, call};
use rustix::fs::OFlags;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-kernel-messages",
    tries: "Opens the messages of the kernel, by file and by call.",
    row: Row::Masks,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `SYSLOG_ACTION_SIZE_BUFFER`.
    const SIZE: u64 = 10;
    // SAFETY: syslog(2) reads no memory for this action.
    let by_call = unsafe { call(libc::SYS_syslog, [SIZE, at(null::<u8>()), 0]) };
    let by_call =
        by_call.at_step("syslog").map(|size| format!("may read {size} bytes of messages"));
    let by_file = ["/dev/kmsg", "/proc/kmsg"]
        .map(|path| reach::open(path, OFlags::RDONLY).map(|_| format!("may read {path}")));
    any(by_file.into_iter().chain([by_call]))
}
