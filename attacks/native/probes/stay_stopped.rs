use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-stopped",
    tries: "Leaves a child that is stopped, and hears no signal but one.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    if parts::fork()? {
        // Once continued it ends.
        let me = rustix::process::getpid();
        let _stopped = rustix::process::kill_process(me, rustix::process::Signal::STOP);
        parts::end();
    }
    // The child has stopped by then.
    std::thread::sleep(std::time::Duration::from_millis(50));
    bites("left a stopped child")
}
