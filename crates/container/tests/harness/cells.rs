//! The cell that each test begins with, and the loop of whoever drives it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aether_container::{
    Cell, Door, Dropped, Exit, Interest, Limits, Mount, MountKind, Native, Outcome, Program,
    Recipe, Stream, SyscallAttempt, Workload, launch,
};

pub(crate) fn mount(at: impl Into<PathBuf>, from: impl Into<PathBuf>, kind: MountKind) -> Mount {
    Mount { at: at.into(), from: from.into(), kind, places: Vec::new(), as_root: false }
}

/// At its own place, to be read.
pub(crate) fn read_only(path: impl AsRef<Path>) -> Mount {
    mount(path.as_ref(), path.as_ref(), MountKind::ReadOnly)
}

/// At its own place, to be written to in a layer.
pub(crate) fn overlay(path: impl AsRef<Path>) -> Mount {
    from_root(mount(path.as_ref(), path.as_ref(), MountKind::Overlay))
}

/// The same, opened by root, whose host this may be.
pub(crate) fn from_root(mount: Mount) -> Mount {
    Mount { as_root: true, ..mount }
}

/// The machine's programs and libraries, in a root that is otherwise empty.
pub(crate) fn native(command: &[&str]) -> Native {
    let shown = |at: &str| {
        let from = Path::new(at).canonicalize().ok();
        from.map(|from| mount(at, from, MountKind::ReadOnly))
    };
    let own = ["/usr", "/etc/ld.so.cache", "/etc/alternatives"];
    // Links to /usr on merged systems, folders of their own on others: the loader needs them.
    let linked = ["/bin", "/lib", "/lib64", "/sbin"];
    let mut mounts: Vec<Mount> = own.into_iter().filter_map(shown).map(from_root).collect();
    mounts.extend(linked.into_iter().filter_map(shown).filter(|mount| mount.from.is_dir()));
    let executable = mounts.iter().map(|mount| mount.at.clone());
    Native {
        program: command[0].into(),
        command: command.iter().map(OsString::from).collect(),
        environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
        folder: PathBuf::from("/tmp"),
        executable: executable.filter(|at| !at.starts_with("/etc")).collect(),
        mounts,
        links: Vec::new(),
        door: Door::Closed,
        proxy: None,
        networked: false,
        inbound: Vec::new(),
        scratch: 8 << 20,
        processes: 32,
        trace_files: false,
        broker: false,
        stage: None,
    }
}

/// A shell's script.
pub(crate) fn shell(script: &str) -> Native {
    native(&["/bin/sh", "-c", script])
}

pub(crate) fn recipe(native: Native) -> Recipe {
    Recipe {
        program: Program::Itself,
        workload: Workload::Native(Box::new(native)),
        limits: Limits {
            memory: 64 << 20,
            cpu_millis: 1000,
            open_files: 256,
            addresses: true,
            raisable: false,
        },
        optional: BTreeSet::new(),
        code: aether_container::Code::None,
        aside: false,
        confine: true,
    }
}

/// To wait for, beside a gateway that nobody uses.
pub(crate) fn quiet() -> Interest {
    Interest { receive: false, ..Interest::default() }
}

/// What a program printed, how it ended, and what the host was told of its calls.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) out: String,
    pub(crate) exit: Exit,
    pub(crate) told: Vec<SyscallAttempt>,
    pub(crate) dropped: Dropped,
    pub(crate) cell: Cell,
}

impl Ran {
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.exit, Exit::Code(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn ends_well(&self) -> &Self {
        self.exits(0)
    }

    #[track_caller]
    pub(crate) fn says(&self, expect: &str) -> &Self {
        assert!(self.out.contains(expect), "{expect}: {self:#?}");
        self
    }

    /// The names of the calls that it was refused, in their order.
    pub(crate) fn refused(&self) -> Vec<&str> {
        let refused = |record: &&SyscallAttempt| matches!(record.outcome, Outcome::Refused(_));
        self.told.iter().filter(refused).map(|record| &*record.name).collect()
    }

    /// The records of these calls.
    pub(crate) fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a SyscallAttempt> {
        self.told.iter().filter(move |record| record.name == name)
    }
}

#[track_caller]
pub(crate) fn start(recipe: &Recipe) -> Cell {
    launch(recipe).unwrap_or_else(|error| panic!("no cell: {error}"))
}

#[track_caller]
pub(crate) fn run(recipe: &Recipe) -> Ran {
    watch(start(recipe))
}

/// As a driver does, until it ends.
#[track_caller]
pub(crate) fn watch(mut cell: Cell) -> Ran {
    let until = Instant::now() + Duration::from_secs(60);
    let (mut out, mut told, mut ended) = (String::new(), Vec::new(), None);
    let mut buffer = [0u8; 4096];
    while ended.is_none() {
        assert!(Instant::now() < until, "it does not end; so far: {out}");
        let period = cell.govern().unwrap_or(Duration::from_millis(50));
        let ready = cell.wait(period, quiet()).expect("wait");
        if ready.syscall {
            while let Some(record) = cell.next_syscall().expect("records") {
                told.push(record);
            }
        }
        for (has, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
            if has && let Ok(count) = cell.read_output(stream, &mut buffer) {
                out += &String::from_utf8_lossy(&buffer[..count]);
            }
        }
        ended = if ready.exited { cell.try_exit() } else { None };
    }
    for stream in [Stream::Stdout, Stream::Stderr] {
        while let Ok(count @ 1..) = cell.read_output(stream, &mut buffer) {
            out += &String::from_utf8_lossy(&buffer[..count]);
        }
    }
    // What it did last is told too.
    while let Some(record) = cell.next_syscall().expect("records") {
        told.push(record);
    }
    let dropped = cell.dropped_syscalls();
    Ran { out, exit: ended.expect("its end"), told, dropped, cell }
}
