use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "rename-host",
    tries: "Names the machine as it is named.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let name = rustix::system::uname();
    rustix::system::sethostname(name.nodename().to_bytes()).at_step("sethostname")?;
    if scene.in_machines("uts") {
        bites("may name the machine")
    } else {
        Err(Miss::absent("names only itself"))
    }
}
