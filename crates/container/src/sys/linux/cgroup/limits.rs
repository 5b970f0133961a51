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

/// Which groups a cell needs, whatever its limits turn out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// One process, with or without a limit of its processor time.
    Engine { quota: bool },
    /// A tree of processes.
    Tree,
}

/// The groups of one cell, by what each does; one group may do several.
#[derive(Debug, Default)]
pub(in super::super) struct Cgroup {
    /// Every group that was made, in the order in which processes join them.
    all: Vec<Arc<Group>>,
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

    /// Makes groups without any limit yet, as far as this process may.
    pub(in super::super) fn make(kind: Kind) -> Self {
        match Places::of_this_process() {
            Ok(places) => Self::make_in(&places, kind, &fresh_name()),
            Err(error) => Self::none(format!("not readable: {error}")),
        }
    }

    fn make_in(places: &Places, kind: Kind, name: &str) -> Self {
        let mut made = Self::none("no memory controller is delegated");
        made.make_unified(places, kind, name);
        made.make_separate(places, kind, name);
        made.killed = made.memory.as_deref().and_then(Killed::of);
        made
    }

    fn make_separate(&mut self, places: &Places, kind: Kind, name: &str) {
        if self.memory.is_none() {
            match self.group_for(places, "memory", name) {
                Some(Ok(group)) => self.memory = Some(group),
                Some(Err(why)) => self.why_not = why,
                None => {}
            }
        }
        if self.cpu.is_none() && kind != (Kind::Engine { quota: false }) {
            self.cpu = self.group_for(places, "cpu", name).and_then(Result::ok);
        }
        if kind == Kind::Tree {
            if self.processes.is_none() {
                self.processes = self.group_for(places, "pids", name).and_then(Result::ok);
            }
            if self.time.is_none() {
                self.time = self.group_for(places, "cpuacct", name).and_then(Result::ok);
            }
        }
    }

    /// Several controllers may share a version 1 hierarchy, and then the group in it.
    fn group_for(
        &mut self,
        places: &Places,
        controller: &str,
        name: &str,
    ) -> Option<Result<Arc<Group>, String>> {
        let folder = places.one(controller)?;
        let path = folder.join(name);
        if let Some(group) = self.all.iter().find(|group| group.path == path) {
            return Some(Ok(Arc::clone(group)));
        }
        let group = Group::make(folder, name, Version::One).map(Arc::new);
        self.all.extend(group.iter().map(Arc::clone));
        Some(group)
    }

    fn make_unified(&mut self, places: &Places, kind: Kind, name: &str) {
        let Some((folder, controllers)) = places.two() else { return };
        let has = |name: &str| controllers.iter().any(|controller| controller == name);
        let tree = kind == Kind::Tree;
        if !tree && !has("memory") {
            return;
        }
        let Ok(group) = Group::make(folder, name, Version::Two).map(Arc::new) else { return };
        let keep = |wanted: bool| wanted.then(|| Arc::clone(&group));
        self.memory = keep(has("memory"));
        self.cpu = keep(has("cpu") && kind != (Kind::Engine { quota: false }));
        self.processes = keep(has("pids") && tree);
        self.time = keep(tree);
        self.unified = keep(true);
        self.all.push(group);
    }

    /// Sets the limits. A group that does not take its own limits nothing, and is given up.
    pub(in super::super) fn limit(&mut self, wanted: &Wanted) {
        if let Some(group) = &self.memory {
            match limit_memory(group, wanted.memory) {
                Ok(()) => {
                    // Linux 4.19; without it the host looks, as for version 1.
                    self.ends_as_one = group.version == Version::Two
                        && wanted.processes.is_some()
                        && group.write("memory.oom.group", "1").is_ok();
                }
                Err(why) => {
                    self.why_not = why;
                    self.memory = None;
                }
            }
        }
        let quota = |group: &Arc<Group>| {
            wanted.cpu_millis.is_some_and(|millis| limit_cpu(group, millis).is_ok())
        };
        self.cpu = self.cpu.take().filter(quota);
        let count = |group: &Arc<Group>| {
            wanted.processes.is_some_and(|most| limit_processes(group, most).is_ok())
        };
        self.processes = self.processes.take().filter(count);
    }

    /// Sets another limit of memory, where a group has one.
    pub(in super::super) fn set_memory(&self, bytes: u64) -> Result<(), String> {
        let Some(group) = &self.memory else { return Ok(()) };
        if group.version == Version::One {
            // With swap it can never be less than without: which is changed first depends on whether
            // it grows. Where it shrinks this fails, and the other order is the right one.
            let _where_it_grows = group.write("memory.memsw.limit_in_bytes", &bytes.to_string());
        }
        limit_memory(group, bytes)
    }

    /// Sets another limit of the processor, where a group has one.
    pub(in super::super) fn set_cpu(&self, millis: u32) -> Result<(), String> {
        self.cpu.as_ref().map_or(Ok(()), |group| limit_cpu(group, millis))
    }

    /// A folder for a process to be born into, so that nothing of it is ever outside. Version 1
    /// has nothing of the kind.
    pub(in super::super) fn birthplace(&self) -> Option<OwnedFd> {
        let group = self.unified.as_ref()?;
        Some(File::open(&group.path).ok()?.into())
    }

    /// Where a process that is one thread joins each group of version 1 by writing `0`, in their
    /// order. It does so without the kernel's grace period that moving another process takes (Linux
    /// 5.5: nothing but itself could change it meanwhile), and the kernel asks for the rights of
    /// whoever opened the file.
    pub(in super::super) fn doors(&self) -> Vec<OwnedFd> {
        let open = |group: &Arc<Group>| {
            let file = File::options().write(true).open(group.path.join("tasks"));
            file.map(OwnedFd::from)
        };
        let ones = self.all.iter().filter(|group| group.version == Version::One);
        // All or none: what comes back is told apart by its place alone.
        ones.map(open).collect::<Result<_, _>>().unwrap_or_default()
    }

    /// Moves a process into the groups that it neither was born into nor joined itself; `joined`
    /// has a bit for each of [`Cgroup::doors`]. A group that refuses it is given up.
    pub(in super::super) fn take_in(&mut self, pid: i32, born_inside: bool, joined: u32) {
        let mut ones = 0;
        for group in self.all.clone() {
            let inside = match group.version {
                Version::Two => born_inside,
                Version::One => {
                    ones += 1;
                    joined & (1 << (ones - 1)) != 0
                }
            };
            if !inside && let Err(why) = group.write("cgroup.procs", &pid.to_string()) {
                self.give_up(&group, &why);
            }
        }
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

    fn limited(places: &Places, wanted: &Wanted, name: &str) -> Cgroup {
        let kind = match wanted.processes {
            Some(_) => Kind::Tree,
            None => Kind::Engine { quota: wanted.cpu_millis.is_some() },
        };
        let mut made = Cgroup::make_in(places, kind, name);
        made.limit(wanted);
        made
    }

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
        let mut made = limited(&fake.two(), &TREE, "cell");
        for (file, text) in [
            ("memory.max", "67108864"),
            ("memory.swap.max", "0"),
            ("memory.oom.group", "1"),
            ("cpu.max", "150000 100000"),
            ("pids.max", "33"),
        ] {
            fake.has(&format!("two/cell/{file}"), text);
        }
        assert_eq!(made.all.len(), 1);
        assert!(made.ends_as_one() && made.birthplace().is_some());
        made.take_in(7, true, 0);
        fake.has("two/cell/cgroup.procs", "");
        made.take_in(7, false, 0);
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
        let made = limited(&fake.two(), &TREE, "cell");
        assert!(made.birthplace().is_some() && made.time.is_some());
        assert_eq!(made.limits_memory(), None);
        assert_eq!(made.limits_cpu(), None);
        assert_eq!(made.limits_processes(), None);
        assert!(!made.ends_as_one());
        assert_eq!(made.why_not(), "no memory controller is delegated");
        let engine = limited(&fake.two(), &ENGINE, "engine");
        assert!(engine.all.is_empty(), "an engine has no use for it");
    }

    #[test]
    fn version_one_on_a_fake_tree_has_a_group_for_each_hierarchy() {
        let fake = Fake::new("");
        let mut made = limited(&fake.one(), &TREE, "cell");
        fake.has("memory/own/cell/memory.limit_in_bytes", "67108864");
        fake.has("cpu/own/cell/cpu.cfs_quota_us", "150000");
        fake.has("pids/own/cell/pids.max", "33");
        assert_eq!(made.all.len(), 3, "processor and its account share one");
        assert!(made.birthplace().is_none() && !made.ends_as_one());
        fs::write(fake.0.path().join("cpu/own/cell/cpuacct.usage"), "2000000000\n").unwrap();
        assert_eq!(made.time(), Some(Duration::from_secs(2)));
        let oom = "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n";
        fs::write(fake.0.path().join("memory/own/cell/memory.oom_control"), oom).unwrap();
        made.killed = made.memory.as_deref().and_then(Killed::of);
        assert!(made.ran_out_of_memory());
        let own = |group: &str, file: &str| fake.0.path().join(group).join("own/cell").join(file);
        assert!(made.doors().is_empty(), "some cannot be opened: none is used");
        for group in ["memory", "cpu", "pids"] {
            fs::write(own(group, "tasks"), "").unwrap();
        }
        assert_eq!(made.doors().len(), 3);
        made.take_in(6, false, 0b101);
        fake.has("cpu/own/cell/cgroup.procs", "6");
        assert!(!own("memory", "cgroup.procs").exists() && !own("pids", "cgroup.procs").exists());
        // A group that does not take the process limits nothing.
        fs::remove_dir_all(fake.0.path().join("pids/own/cell")).unwrap();
        made.take_in(7, false, 0);
        assert_eq!(made.limits_processes(), None);
        assert_eq!(made.limits_memory(), Some("cgroup v1"));
        fake.has("memory/own/cell/cgroup.procs", "7");
    }

    #[test]
    fn an_engine_has_what_it_had() {
        let fake = Fake::new("memory cpu pids");
        let one = limited(&fake.one(), &ENGINE, "one");
        assert_eq!(one.limits_memory(), Some("cgroup v1"));
        assert_eq!(one.limits_cpu(), Some("cgroup v1"));
        assert_eq!(one.limits_processes(), None);
        let two = limited(&fake.two(), &ENGINE, "two");
        assert_eq!(two.limits_memory(), Some("cgroup v2"));
        assert!(!two.ends_as_one(), "one process is the whole of it");
    }

    #[test]
    fn where_no_group_can_be_made_the_reason_is_told() {
        let places =
            Places::parse("7:memory:/own\n", "2 0 0:2 / /nowhere rw - cgroup cgroup rw,memory\n");
        let made = limited(&places, &TREE, "cell");
        assert!(made.why_not().contains("cannot be made"), "{}", made.why_not());
        assert_eq!(Cgroup::none("off").why_not(), "off");
    }
}
