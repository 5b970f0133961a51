//! The limits of one cell, each in a group of whichever hierarchy can hold it.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use super::group::{Group, Killed, Version, fresh_name};
use super::places::Places;

/// The period over which a processor quota is counted, microseconds; the kernel's default.
const CPU_PERIOD_US: u64 = 100_000;

/// What is to be limited.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Wanted {
    /// Bytes of memory.
    pub(in super::super) memory: u64,
    /// Thousandths of a core, where a limit is needed.
    pub(in super::super) cpu_millis: Option<u32>,
    /// Processes and threads of a tree, its first process among them. With it comes what only trees
    /// need: an account of their time, and a way to halt them as one.
    pub(in super::super) processes: Option<u32>,
}

/// The groups of one cell, by what each does; one group may do several.
#[derive(Debug, Default)]
pub(in super::super) struct Cgroup {
    memory: Option<Arc<Group>>,
    cpu: Option<Arc<Group>>,
    processes: Option<Arc<Group>>,
    time: Option<Arc<Group>>,
    /// Of version 2, whose core can freeze, and which a process can be born into.
    unified: Option<Arc<Group>>,
    /// Whether the kernel ended processes of the memory's group.
    killed: Option<Killed>,
    /// Whether the kernel ends all of the memory's group where it ends one of it.
    ends_as_one: bool,
    why_not: String,
}

impl Cgroup {
    /// No group, for this reason.
    pub(in super::super) fn none(why: impl Into<String>) -> Self {
        Self { why_not: why.into(), ..Self::default() }
    }

    /// Makes groups with the limits, as far as this process may.
    pub(in super::super) fn make(wanted: &Wanted) -> Self {
        match Places::of_this_process() {
            Ok(places) => Self::make_in(&places, wanted, &fresh_name()),
            Err(error) => Self::none(format!("not readable: {error}")),
        }
    }

    fn make_in(places: &Places, wanted: &Wanted, name: &str) -> Self {
        let mut made = Self::none("no memory controller is delegated");
        made.make_unified(places, wanted, name);
        made.make_separate(places, wanted, name);
        made.killed = made.memory.as_deref().and_then(Killed::of);
        made
    }

    fn make_separate(&mut self, places: &Places, wanted: &Wanted, name: &str) {
        // Several controllers may share a version 1 hierarchy, and then the group in it.
        let mut here: Vec<Arc<Group>> = Vec::new();
        let mut group_for = |controller: &str| -> Option<Result<Arc<Group>, String>> {
            let folder = places.one(controller)?;
            let path = folder.join(name);
            if let Some(group) = here.iter().find(|group| group.path == path) {
                return Some(Ok(Arc::clone(group)));
            }
            let group = Group::make(folder, name, Version::One).map(Arc::new);
            here.extend(group.iter().map(Arc::clone));
            Some(group)
        };
        if self.memory.is_none()
            && let Some(group) = group_for("memory")
        {
            match group.and_then(|group| limit_memory(&group, wanted.memory).map(|()| group)) {
                Ok(group) => self.memory = Some(group),
                Err(why) => self.why_not = why,
            }
        }
        if let (None, Some(millis)) = (&self.cpu, wanted.cpu_millis) {
            let group = group_for("cpu").and_then(Result::ok);
            self.cpu = group.filter(|group| limit_cpu(group, millis).is_ok());
        }
        let Some(most) = wanted.processes else { return };
        if self.processes.is_none() {
            let group = group_for("pids").and_then(Result::ok);
            self.processes = group.filter(|group| limit_processes(group, most).is_ok());
        }
        if self.time.is_none() {
            self.time = group_for("cpuacct").and_then(Result::ok);
        }
    }

    fn make_unified(&mut self, places: &Places, wanted: &Wanted, name: &str) {
        let Some((folder, controllers)) = places.two() else { return };
        let has = |name: &str| controllers.iter().any(|controller| controller == name);
        if wanted.processes.is_none() && !has("memory") {
            return;
        }
        let Ok(group) = Group::make(folder, name, Version::Two).map(Arc::new) else { return };
        let keep = || Some(Arc::clone(&group));
        if has("memory") {
            match limit_memory(&group, wanted.memory) {
                Ok(()) => self.memory = keep(),
                Err(why) => self.why_not = why,
            }
            // Linux 4.19; without it the host looks, as for version 1.
            self.ends_as_one =
                wanted.processes.is_some() && group.write("memory.oom.group", "1").is_ok();
        }
        if let Some(millis) = wanted.cpu_millis
            && has("cpu")
            && limit_cpu(&group, millis).is_ok()
        {
            self.cpu = keep();
        }
        if let Some(most) = wanted.processes {
            if has("pids") && limit_processes(&group, most).is_ok() {
                self.processes = keep();
            }
            self.time = keep();
        }
        self.unified = keep();
    }

    /// A folder for a process to be born into, so that nothing of it is ever outside. Version 1
    /// has nothing of the kind.
    pub(in super::super) fn birthplace(&self) -> Option<OwnedFd> {
        let group = self.unified.as_ref()?;
        Some(File::open(&group.path).ok()?.into())
    }

    /// Moves a process into the groups that it was not born into. A group that refuses it limits
    /// nothing, and is given up.
    pub(in super::super) fn take_in(&mut self, pid: i32, born_inside: bool) {
        for group in self.groups() {
            if born_inside && group.version == Version::Two {
                continue;
            }
            if let Err(why) = group.write("cgroup.procs", &pid.to_string()) {
                self.give_up(&group, &why);
            }
        }
    }

    fn groups(&self) -> Vec<Arc<Group>> {
        let roles = [&self.unified, &self.memory, &self.cpu, &self.processes, &self.time];
        let mut groups: Vec<Arc<Group>> = Vec::new();
        for group in roles.into_iter().flatten() {
            if !groups.contains(group) {
                groups.push(Arc::clone(group));
            }
        }
        groups
    }

    fn give_up(&mut self, refused: &Arc<Group>, why: &str) {
        if self.memory.as_ref() == Some(refused) {
            why.clone_into(&mut self.why_not);
        }
        let roles = [
            &mut self.unified,
            &mut self.memory,
            &mut self.cpu,
            &mut self.processes,
            &mut self.time,
        ];
        for role in roles {
            if role.as_ref() == Some(refused) {
                *role = None;
            }
        }
    }

    /// Why no group limits the memory.
    pub(in super::super) fn why_not(&self) -> &str {
        &self.why_not
    }

    /// By which version the memory is limited, if by any.
    pub(in super::super) fn limits_memory(&self) -> Option<&'static str> {
        self.memory.as_deref().map(name)
    }

    /// By which version the processor is limited, if by any.
    pub(in super::super) fn limits_cpu(&self) -> Option<&'static str> {
        self.cpu.as_deref().map(name)
    }

    /// By which version processes are limited, if by any.
    pub(in super::super) fn limits_processes(&self) -> Option<&'static str> {
        self.processes.as_deref().map(name)
    }

    /// Whether nobody need look whether the kernel ended a process for want of memory: it ends all
    /// of them.
    pub(in super::super) fn ends_as_one(&self) -> bool {
        self.memory.is_some() && self.ends_as_one
    }

    /// Whether the kernel ended a process of the group for want of memory.
    pub(in super::super) fn ran_out_of_memory(&self) -> bool {
        self.memory.is_some() && self.killed.as_ref().is_some_and(Killed::any)
    }

    /// Memory that the group holds, bytes.
    pub(in super::super) fn memory(&self) -> Option<u64> {
        let group = self.memory.as_ref()?;
        group.number(match group.version {
            Version::One => "memory.usage_in_bytes",
            Version::Two => "memory.current",
        })
    }

    /// Most memory that the group has held, bytes.
    pub(in super::super) fn peak(&self) -> Option<u64> {
        let group = self.memory.as_ref()?;
        group.number(match group.version {
            Version::One => "memory.max_usage_in_bytes",
            Version::Two => "memory.peak",
        })
    }

    /// Processor time of everything that was ever in the group.
    pub(in super::super) fn time(&self) -> Option<Duration> {
        let group = self.time.as_ref()?;
        match group.version {
            Version::One => group.number("cpuacct.usage").map(Duration::from_nanos),
            Version::Two => group.keyed("cpu.stat", "usage_usec").map(Duration::from_micros),
        }
    }

    /// Processes and threads in the group.
    pub(in super::super) fn processes(&self) -> Option<u32> {
        self.processes.as_ref()?.number("pids.current")?.try_into().ok()
    }

    /// How often the kernel refused another process.
    pub(in super::super) fn refused_processes(&self) -> Option<u64> {
        self.processes.as_ref()?.keyed("pids.events", "max")
    }

    /// Whether the group can be halted as one. Linux 5.2.
    ///
    /// The version 1 freezer is not used: what it holds cannot even be killed, not when its host
    /// dies either.
    pub(in super::super) fn can_freeze(&self) -> bool {
        self.unified.as_ref().is_some_and(|group| group.path.join("cgroup.freeze").exists())
    }

    /// Ends everything in the group. Linux 5.14; of version 1 there is nothing of the kind.
    pub(in super::super) fn end(&self) {
        if let Some(group) = &self.unified {
            let _unknown = group.write("cgroup.kill", "1");
        }
    }

    /// Halts everything in the group, or lets it go on. No signal undoes that but `SIGKILL`.
    pub(in super::super) fn freeze(&self, frozen: bool) -> bool {
        let text = if frozen { "1" } else { "0" };
        self.can_freeze()
            && self.unified.as_ref().is_some_and(|group| group.write("cgroup.freeze", text).is_ok())
    }
}

fn name(group: &Group) -> &'static str {
    match group.version {
        Version::One => "cgroup v1",
        Version::Two => "cgroup v2",
    }
}

fn limit_memory(group: &Group, bytes: u64) -> Result<(), String> {
    let bytes = bytes.to_string();
    match group.version {
        Version::One => {
            group.write("memory.limit_in_bytes", &bytes)?;
            // Absent where swap is not accounted; then memory is what can be limited.
            let _no_swap = group.write("memory.memsw.limit_in_bytes", &bytes);
            Ok(())
        }
        Version::Two => {
            let _no_swap = group.write("memory.swap.max", "0");
            group.write("memory.max", &bytes)
        }
    }
}

fn limit_cpu(group: &Group, millis: u32) -> Result<(), String> {
    let quota = CPU_PERIOD_US * u64::from(millis) / 1000;
    match group.version {
        Version::One => group
            .write("cpu.cfs_period_us", &CPU_PERIOD_US.to_string())
            .and_then(|()| group.write("cpu.cfs_quota_us", &quota.to_string())),
        Version::Two => group.write("cpu.max", &format!("{quota} {CPU_PERIOD_US}")),
    }
}

fn limit_processes(group: &Group, most: u32) -> Result<(), String> {
    group.write("pids.max", &most.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const TREE: Wanted = Wanted { memory: 64 << 20, cpu_millis: Some(1500), processes: Some(33) };
    const ENGINE: Wanted = Wanted { memory: 64 << 20, cpu_millis: Some(500), processes: None };

    /// A hierarchy that is a folder of ours: it takes any file, and holds nothing back.
    struct Fake(tempfile::TempDir);

    impl Fake {
        fn new(handed_down: &str) -> Self {
            let fake = Self(tempfile::tempdir().unwrap());
            for folder in ["two/own", "memory/own", "cpu/own", "pids/own"] {
                fs::create_dir_all(fake.0.path().join(folder)).unwrap();
            }
            fs::write(fake.0.path().join("two/cgroup.subtree_control"), handed_down).unwrap();
            fake
        }

        fn two(&self) -> Places {
            self.places("0::/own\n")
        }

        fn one(&self) -> Places {
            self.places("7:memory:/own\n5:cpu,cpuacct:/own\n3:pids:/own\n")
        }

        fn places(&self, cgroup: &str) -> Places {
            let top = self.0.path().display();
            let mounts = format!(
                "1 0 0:1 / {top}/two rw - cgroup2 cgroup2 rw\n\
                 2 0 0:2 / {top}/memory rw - cgroup cgroup rw,memory\n\
                 3 0 0:3 / {top}/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
                 4 0 0:4 / {top}/pids rw - cgroup cgroup rw,pids\n"
            );
            Places::parse(cgroup, &mounts)
        }

        #[track_caller]
        fn has(&self, file: &str, text: &str) {
            let found = fs::read_to_string(self.0.path().join(file));
            assert_eq!(found.unwrap_or_default(), text, "{file}");
        }
    }

    #[test]
    fn version_two_on_a_fake_tree_takes_all_limits_in_one_group() {
        let fake = Fake::new("cpu memory pids\n");
        let mut made = Cgroup::make_in(&fake.two(), &TREE, "cell");
        for (file, text) in [
            ("memory.max", "67108864"),
            ("memory.swap.max", "0"),
            ("memory.oom.group", "1"),
            ("cpu.max", "150000 100000"),
            ("pids.max", "33"),
        ] {
            fake.has(&format!("two/cell/{file}"), text);
        }
        assert_eq!(made.groups().len(), 1);
        assert!(made.ends_as_one() && made.birthplace().is_some());
        made.take_in(7, true);
        fake.has("two/cell/cgroup.procs", "");
        made.take_in(7, false);
        fake.has("two/cell/cgroup.procs", "7");
        let tell = |file: &str, text: &str| {
            fs::write(fake.0.path().join("two/cell").join(file), text).unwrap();
        };
        assert!(!made.ran_out_of_memory());
        tell("memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 3\noom_group_kill 1\n");
        made.killed = made.memory.as_deref().and_then(Killed::of);
        tell("memory.current", "4096\n");
        tell("memory.peak", "8192\n");
        tell("pids.current", "5\n");
        tell("pids.events", "max 9\n");
        tell("cpu.stat", "usage_usec 1500000\nuser_usec 1000000\nsystem_usec 500000\n");
        assert!(made.ran_out_of_memory());
        assert_eq!((made.memory(), made.peak()), (Some(4096), Some(8192)));
        assert_eq!((made.processes(), made.refused_processes()), (Some(5), Some(9)));
        assert_eq!(made.time(), Some(Duration::from_millis(1500)));
        assert!(!made.can_freeze() && !made.freeze(true), "a kernel before 5.2");
        tell("cgroup.freeze", "0\n");
        assert!(made.freeze(true));
        fake.has("two/cell/cgroup.freeze", "1");
    }

    #[test]
    fn version_two_on_a_fake_tree_without_controllers_is_for_birth_and_time_of_trees() {
        let fake = Fake::new("hugetlb\n");
        let made = Cgroup::make_in(&fake.two(), &TREE, "cell");
        assert!(made.birthplace().is_some() && made.time.is_some());
        assert_eq!(made.limits_memory(), None);
        assert_eq!(made.limits_cpu(), None);
        assert_eq!(made.limits_processes(), None);
        assert!(!made.ends_as_one());
        assert_eq!(made.why_not(), "no memory controller is delegated");
        let engine = Cgroup::make_in(&fake.two(), &ENGINE, "engine");
        assert!(engine.groups().is_empty(), "an engine has no use for it");
    }

    #[test]
    fn version_one_on_a_fake_tree_has_a_group_for_each_hierarchy() {
        let fake = Fake::new("");
        let mut made = Cgroup::make_in(&fake.one(), &TREE, "cell");
        fake.has("memory/own/cell/memory.limit_in_bytes", "67108864");
        fake.has("cpu/own/cell/cpu.cfs_quota_us", "150000");
        fake.has("pids/own/cell/pids.max", "33");
        assert_eq!(made.groups().len(), 3, "processor and its account share one");
        assert!(made.birthplace().is_none() && !made.ends_as_one());
        fs::write(fake.0.path().join("cpu/own/cell/cpuacct.usage"), "2000000000\n").unwrap();
        assert_eq!(made.time(), Some(Duration::from_secs(2)));
        let oom = "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n";
        fs::write(fake.0.path().join("memory/own/cell/memory.oom_control"), oom).unwrap();
        made.killed = made.memory.as_deref().and_then(Killed::of);
        assert!(made.ran_out_of_memory());
        // A group that does not take the process limits nothing.
        fs::remove_dir_all(fake.0.path().join("pids/own/cell")).unwrap();
        made.take_in(7, false);
        assert_eq!(made.limits_processes(), None);
        assert_eq!(made.limits_memory(), Some("cgroup v1"));
        fake.has("memory/own/cell/cgroup.procs", "7");
    }

    #[test]
    fn an_engine_has_what_it_had() {
        let fake = Fake::new("memory cpu pids");
        let one = Cgroup::make_in(&fake.one(), &ENGINE, "one");
        assert_eq!(one.limits_memory(), Some("cgroup v1"));
        assert_eq!(one.limits_cpu(), Some("cgroup v1"));
        assert_eq!(one.limits_processes(), None);
        let two = Cgroup::make_in(&fake.two(), &ENGINE, "two");
        assert_eq!(two.limits_memory(), Some("cgroup v2"));
        assert!(!two.ends_as_one(), "one process is the whole of it");
    }

    #[test]
    fn where_no_group_can_be_made_the_reason_is_told() {
        let places =
            Places::parse("7:memory:/own\n", "2 0 0:2 / /nowhere rw - cgroup cgroup rw,memory\n");
        let made = Cgroup::make_in(&places, &TREE, "cell");
        assert!(made.why_not().contains("cannot be made"), "{}", made.why_not());
        assert_eq!(Cgroup::none("off").why_not(), "off");
    }
}
