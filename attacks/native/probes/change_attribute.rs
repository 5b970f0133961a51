use rustix::fs::{XattrFlags, setxattr};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "change-attribute",
    tries: "Sets an attribute of a file outside, and of one granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    any([scene.secret(), format!("{}/data.txt", scene.readonly())].map(|path| {
        setxattr(&path, "user.aether", b"1", XattrFlags::empty()).at_step(&path)?;
        bites(format!("set an attribute of {path}"))
    }))
}
