use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "use-capabilities",
    tries: "Looks whether it has any right of root.",
    row: Row::Setuid,
    needs: &[Need::Root],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let status = fs::read_to_string("/proc/self/status").at_step("its status")?;
    let value = |key: &str| status.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    match value("CapEff:").needed_value()? {
        "0000000000000000" => Err(Miss::absent("no capability")),
        some => bites(format!("has capabilities {some}")),
    }
}

trait NeededValue<T> {
    fn needed_value(self) -> Result<T, Miss>;
}

impl<T> NeededValue<T> for Option<T> {
    fn needed_value(self) -> Result<T, Miss> {
        self.ok_or_else(|| Miss::inconclusive("no such line"))
    }
}
