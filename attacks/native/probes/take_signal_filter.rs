#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "take-signal-filter",
    tries: "Puts a filter with a listener on itself, by which it answers its own calls.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Report,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `SECCOMP_SET_MODE_FILTER` and `SECCOMP_FILTER_FLAG_NEW_LISTENER`.
    const FILTER: u64 = 1;
    const LISTENER: u64 = 8;
    rustix::thread::set_no_new_privs(true).needed("no_new_privs")?;
    // One instruction: allow everything.
    let allow = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: (&raw const allow).cast_mut() };
    // SAFETY: seccomp(2) reads one live program of one live instruction.
    unsafe { call(libc::SYS_seccomp, [FILTER, LISTENER, at(&raw const program)]) }
        .at_step("a filter with a listener")
        .map_err(|miss| miss.means(libc::EBUSY, Kind::Denied))?;
    bites("has a listener of its own")
}
