use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "overwrite-own-program",
    tries: "Opens its own program by its link in /proc to write it.",
    row: Row::Launcher,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    match reach::writable("/proc/self/exe") {
        // A running program can be opened for writing by nobody: the kernel came as far as that, so
        // it may be overwritten once it has ended, as in CVE-2019-5736.
        Err(Miss { errno: Some(libc::ETXTBSY), .. }) => bites("may write it once it has ended"),
        other => other,
    }
}
