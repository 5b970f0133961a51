//! By what each limit of a cell is held, and how that is said.

use super::cgroup::{Cgroup, Kind, Wanted};
use super::confine::FILE_BYTES;
use super::raw;
use crate::{Limits, Native, Posture, Protection, Recipe, State, Workload};

/// What the control groups of a cell are to limit.
pub(super) fn wanted(recipe: &Recipe) -> Wanted {
    let limits = &recipe.limits;
    Wanted {
        memory: limits.memory,
        cpu_millis: needs_quota(recipe).then_some(limits.cpu_millis),
        processes: match &recipe.workload {
            Workload::Engine => None,
            // The init is one of them.
            Workload::Native(native) => Some(native.processes.saturating_add(1)),
        },
    }
}

/// Which control groups it needs.
pub(super) fn kind(recipe: &Recipe) -> Kind {
    match recipe.workload {
        Workload::Engine => Kind::Engine { quota: needs_quota(recipe) },
        Workload::Native(_) => Kind::Tree,
    }
}

/// Whether the cell could use more of the processors than its limit, if nobody held it.
pub(super) fn needs_quota(recipe: &Recipe) -> bool {
    let cores = match recipe.workload {
        // As many as it has threads.
        Workload::Engine => 1 + u32::from(recipe.aside),
        Workload::Native(_) => raw::processors(),
    };
    recipe.limits.cpu_millis < cores.saturating_mul(1000)
}

/// How the limits are held, which only the host knows.
/// `bare` cells have no namespaces.
pub(super) fn describe(posture: &mut Posture, recipe: &Recipe, bare: bool, cgroup: &Cgroup) {
    let limits = &recipe.limits;
    let (memory, processes) = match &recipe.workload {
        Workload::Engine => {
            let threads = if recipe.aside { "two threads, one to watch" } else { "one thread" };
            (engine_memory(limits, cgroup), format!("{threads}: seccomp and RLIMIT_NPROC"))
        }
        Workload::Native(native) => {
            let what = if bare { "all processes" } else { "all processes and what they write" };
            (tree_memory(limits, what, cgroup), tree_processes(native, bare, cgroup))
        }
    };
    let cores = f64::from(limits.cpu_millis) / 1000.0;
    let cpu = format!("{cores} cores: {}", processor(recipe, cgroup));
    posture.set(Protection::Memory, State::Enforced, memory);
    posture.set(Protection::Cpu, State::Enforced, cpu);
    posture.set(Protection::Processes, State::Enforced, processes);
}

fn engine_memory(limits: &Limits, cgroup: &Cgroup) -> String {
    let megabytes = limits.memory >> 20;
    match cgroup.limits_memory() {
        Some(version) => format!("{megabytes} MB by resource limits; {version}"),
        None => {
            let files = u64::from(limits.open_files) * (FILE_BYTES >> 20);
            format!(
                "{megabytes} MB by resource limits, and at most {files} MB of payload files \
                 beside it; no cgroup: {}",
                cgroup.why_not()
            )
        }
    }
}

fn tree_memory(limits: &Limits, what: &str, cgroup: &Cgroup) -> String {
    let megabytes = limits.memory >> 20;
    match cgroup.limits_memory() {
        Some(version) => format!("{megabytes} MB of {what}: {version}"),
        None => format!(
            "{megabytes} MB of {what}: counted by the host, which ends what has more{}; no cgroup: \
             {}",
            if limits.raisable { "" } else { ", and RLIMIT_DATA for each" },
            cgroup.why_not()
        ),
    }
}

fn tree_processes(native: &Native, bare: bool, cgroup: &Cgroup) -> String {
    let most = native.processes;
    match cgroup.limits_processes() {
        Some(version) => format!("{most} by {version}, and RLIMIT_NPROC"),
        None if bare => format!(
            "{most} beside those that the host's user had: RLIMIT_NPROC, and counted by the host, \
             which ends what has more"
        ),
        None => format!("{most} by RLIMIT_NPROC of the cell's own user"),
    }
}

fn processor(recipe: &Recipe, cgroup: &Cgroup) -> String {
    let native = matches!(recipe.workload, Workload::Native(_));
    match cgroup.limits_cpu() {
        Some(version) if native => format!("{version} quota for all processes"),
        Some(_) => "cgroup quota".to_owned(),
        None if !needs_quota(recipe) && native => {
            format!("the machine has {}", raw::processors())
        }
        None if !needs_quota(recipe) => "one thread cannot use more than one core".to_owned(),
        None if native && cgroup.can_freeze() => {
            "all processes frozen and thawed by the host, cgroup v2 freezer".to_owned()
        }
        None if native => "all processes stopped and continued by the host; what runs on \
                           while it is stopped is ended"
            .to_owned(),
        None => "stopped and continued by the host".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::super::lenient;
    use super::*;
    use crate::{Door, Program};

    fn recipe(native: bool, cpu_millis: u32) -> Recipe {
        let program = Native {
            program: PathBuf::new(),
            command: Vec::new(),
            environment: Vec::new(),
            folder: PathBuf::new(),
            mounts: Vec::new(),
            links: Vec::new(),
            executable: Vec::new(),
            door: Door::Closed,
            proxy: None,
            networked: false,
            inbound: Vec::new(),
            trace_files: false,
            broker: false,
            stage: None,
            scratch: 0,
            processes: 8,
        };
        let workload = if native { Workload::Native(Box::new(program)) } else { Workload::Engine };
        let mut recipe = lenient::recipe(Program::Itself, workload);
        recipe.limits.cpu_millis = cpu_millis;
        recipe.optional.clear();
        recipe
    }

    #[track_caller]
    fn check(native: bool, cpu_millis: u32, expect: [&str; 3]) {
        let mut posture = Posture::default();
        describe(&mut posture, &recipe(native, cpu_millis), false, &Cgroup::none("why"));
        for (line, expect) in posture.lines.iter().zip(expect) {
            assert!(line.detail.contains(expect), "{expect}: {line:?}");
        }
    }

    #[test]
    fn a_tree_is_not_described_as_an_engine() {
        check(true, 500, ["counted by the host", "is ended", "8 by RLIMIT_NPROC"]);
        check(true, u32::MAX, ["no cgroup: why", "the machine has", "own user"]);
        check(false, 500, ["payload files", "stopped and continued by the host", "one thread"]);
        check(false, 1000, ["256 MB", "one thread cannot", "seccomp"]);
    }

    #[test]
    fn a_tree_needs_a_quota_where_there_are_more_processors() {
        let cores = raw::processors() * 1000;
        assert!(needs_quota(&recipe(true, cores - 1)) && !needs_quota(&recipe(true, cores)));
        assert!(needs_quota(&recipe(false, 999)) && !needs_quota(&recipe(false, 1000)));
        assert_eq!(wanted(&recipe(true, 100)).processes, Some(9));
    }
}
