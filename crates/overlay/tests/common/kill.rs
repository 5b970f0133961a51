//! A process of its own that applies changesets under a journal, and is killed at a call of the
//! system that is chosen beforehand.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use aether_overlay::{Atomicity, Changeset, Resumed, apply_journalled, resume};

use super::Lab;

/// What the process looks for before and after it applies, so that its own calls are told apart
/// from those of whatever starts it.
const BEGIN: &str = "/aether-test-begins";
const END: &str = "/aether-test-ends";

/// How often a call is killed at most, spread over all times that it is made.
const MAX_KILLS: usize = 40;

/// The same of calls that change nothing, unless `OVERLAY_TEST_KILLS=all`: what a crash leaves at one
/// is what it leaves at the next one that changes something.
const MAX_IDLE_KILLS: usize = 4;

/// What changes something on the host.
const CHANGING: [&str; 22] = [
    "copy_file_range",
    "fchmod",
    "fchown",
    "fdatasync",
    "fremovexattr",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdirat",
    "open",
    "openat",
    "pwrite64",
    "rename",
    "renameat",
    "renameat2",
    "symlinkat",
    "syncfs",
    "unlink",
    "unlinkat",
    "utimensat",
    "write",
];

/// Changesets that were saved, and where their journal is.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) stores: Vec<PathBuf>,
    pub(crate) journal: PathBuf,
    pub(crate) atomicity: Atomicity,
}

impl Stored {
    /// Changesets, saved beside the journal.
    pub(crate) fn new(top: &Path, changesets: &[&Changeset], atomicity: Atomicity) -> Self {
        let store = |(number, changeset): (usize, &&Changeset)| {
            let store = top.join(format!("store-{number}"));
            changeset.save(&store).expect("saved");
            store
        };
        let stores = changesets.iter().enumerate().map(store).collect();
        Self { stores, journal: top.join("journal"), atomicity }
    }

    /// The one of a lab, saved beside its host folder.
    pub(crate) fn of(lab: &Lab, atomicity: Atomicity) -> Self {
        let top = lab.dir.path().canonicalize().expect("a path");
        Self::new(&top, &[&lab.overlay.changeset()], atomicity)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.journal.with_extension("log")
    }

    /// What the process told of each change at its end.
    pub(crate) fn told(&self) -> Vec<String> {
        let text = fs::read_to_string(self.journal.with_extension("told")).expect("a report");
        text.lines().map(str::to_owned).collect()
    }

    pub(crate) fn load(&self) -> Vec<Changeset> {
        self.stores.iter().map(|store| Changeset::load(store).expect("a changeset")).collect()
    }
}

/// How often a process was to be killed, and was.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    tried: usize,
    hit: usize,
}

impl Hits {
    pub(crate) fn note(&mut self, was_killed: bool) {
        self.tried += 1;
        self.hit += usize::from(was_killed);
    }

    /// Calls of the process itself that are counted too may be made in another number, so that a few
    /// come to nothing.
    pub(crate) fn check(&self) {
        let Self { tried, hit } = self;
        assert!(hit * 10 > tried * 9, "killed {hit} of {tried} times");
        super::say(&format!("killed {hit} times"));
    }
}

/// What the process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Apply,
    Resume,
}

/// What `strace` does to calls: `linkat:error=EPERM`.
pub(crate) type Faults<'f> = &'f [&'f str];

/// The body of the test named `child` in whoever uses this.
pub(crate) fn child() {
    let Some(stores) = std::env::var_os("OVERLAY_TEST_STORES") else { return };
    let set = |name| std::env::var_os(name).is_some();
    let stored = Stored {
        stores: std::env::split_paths(&stores).collect(),
        journal: std::env::var_os("OVERLAY_TEST_JOURNAL").expect("a journal").into(),
        atomicity: if set("OVERLAY_TEST_ALL") { Atomicity::All } else { Atomicity::Each },
    };
    let changesets = stored.load();
    let changesets: Vec<&Changeset> = changesets.iter().collect();
    let _ = fs::symlink_metadata(BEGIN);
    let done = if set("OVERLAY_TEST_RESUME") {
        resume(&changesets, &stored.journal).map(|resumed| match resumed {
            Resumed::Nothing => Vec::new(),
            Resumed::Finished(reports) | Resumed::RolledBack(reports) => reports,
        })
    } else {
        let select = |_, _: &_| true;
        apply_journalled(&changesets, select, stored.atomicity, &stored.journal)
    };
    let _ = fs::symlink_metadata(END);
    let told: Vec<String> = done.expect("applied").iter().flat_map(super::outcomes).collect();
    fs::write(stored.journal.with_extension("told"), told.join("\n")).expect("written");
}

/// Whether calls can be killed here. Where they cannot, that is said aloud: nothing is tested.
pub(crate) fn can_kill() -> bool {
    let strace = Command::new("strace").arg("-V").stdout(Stdio::null()).status();
    let can = strace.is_ok_and(|status| status.success());
    if !can {
        super::say("SKIPPED: `strace` is missing, so nothing is killed at its system calls");
    }
    can
}

/// Lets the process come to its end, and keeps its calls with the paths of their descriptors.
pub(crate) fn trace(stored: &Stored, log: &Path) {
    assert!(traced(stored, Act::Apply, &["-y", "-o", log.to_str().expect("text")]));
}

pub(crate) fn command(program: &str, stored: &Stored, act: Act) -> Command {
    let mut command = Command::new(program);
    let stores = std::env::join_paths(&stored.stores).expect("paths");
    command.env("OVERLAY_TEST_STORES", stores).env("OVERLAY_TEST_JOURNAL", &stored.journal);
    if stored.atomicity == Atomicity::All {
        command.env("OVERLAY_TEST_ALL", "1");
    }
    if act == Act::Resume {
        command.env("OVERLAY_TEST_RESUME", "1");
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn traced(stored: &Stored, act: Act, options: &[&str]) -> bool {
    strace(stored, act, options).status().expect("strace").success()
}

fn strace(stored: &Stored, act: Act, options: &[&str]) -> Command {
    let mut strace = command("strace", stored, act);
    strace.args(["-f", "-qq"]).args(options).arg(std::env::current_exe().expect("a program"));
    strace.args(["--exact", "child", "--test-threads=1"]);
    strace
}

/// How often each call is made: before, and while something is applied.
#[derive(Debug, Default)]
pub(crate) struct Calls(BTreeMap<String, (usize, usize)>);

/// Lets the process come to its end, and tells its calls.
pub(crate) fn calls(stored: &Stored, act: Act, faults: Faults<'_>, log: &Path) -> Calls {
    let mut options = vec!["-o", log.to_str().expect("text")];
    let faults: Vec<String> = faults.iter().map(|fault| format!("inject={fault}")).collect();
    options.extend(faults.iter().flat_map(|fault| ["-e", fault.as_str()]));
    assert!(traced(stored, act, &options), "it does not come to its end");
    counted(&fs::read_to_string(log).expect("a log"))
}

pub(crate) fn counted(log: &str) -> Calls {
    let begin = log.lines().find(|line| line.contains(BEGIN)).expect("it begins");
    let thread = begin.split(' ').next().expect("a thread");
    let mut calls = Calls::default();
    let mut applies = false;
    for line in log.lines().filter(|line| line.split(' ').next() == Some(thread)) {
        if line.contains(END) {
            break;
        }
        let call = line[thread.len()..].trim_start();
        let name = call.split('(').next().unwrap_or_default();
        if call.starts_with("<... ") || !call.contains('(') || name.contains(' ') {
            continue;
        }
        let count = calls.0.entry(name.to_owned()).or_default();
        *(if applies { &mut count.1 } else { &mut count.0 }) += 1;
        applies |= line.contains(BEGIN);
    }
    calls
}

impl Calls {
    /// Each call and each time at which it is to be killed.
    pub(crate) fn kills(&self) -> impl Iterator<Item = (&str, usize)> {
        let all = std::env::var_os("OVERLAY_TEST_KILLS").is_some_and(|kills| kills == "all");
        self.0.iter().flat_map(move |(name, (before, during))| {
            let changes = all || CHANGING.contains(&name.as_str());
            let times = (*during).min(if changes { MAX_KILLS } else { MAX_IDLE_KILLS });
            (0..times).map(move |time| (name.as_str(), before + 1 + time * during / times))
        })
    }

    /// How often a call is made while something is applied.
    pub(crate) fn during(&self, name: &str) -> usize {
        self.0.get(name).map_or(0, |(_, during)| *during)
    }

    /// How often a call is made before something is applied.
    pub(crate) fn before(&self, name: &str) -> usize {
        self.0.get(name).map_or(0, |(before, _)| *before)
    }
}

/// Runs the process to its end, and does something after each of some calls, in their order, while
/// the process is stopped there.
pub(crate) fn stopped(stored: &Stored, stops: &[(&str, usize, &dyn Fn())], log: &Path) {
    let injects =
        stops.iter().map(|(call, time, _)| format!("inject={call}:signal=STOP:when={time}"));
    let injects: Vec<String> = injects.collect();
    let mut options = vec!["-o", log.to_str().expect("text")];
    options.extend(injects.iter().flat_map(|inject| ["-e", inject.as_str()]));
    let mut strace = strace(stored, Act::Apply, &options).spawn().expect("strace");
    for (number, (_, _, act)) in stops.iter().enumerate() {
        let process = loop {
            let text = fs::read_to_string(log).unwrap_or_default();
            // All threads stop for each signal.
            let signal = text.match_indices("--- SIGSTOP {").nth(number).map(|(at, _)| at);
            let mut rest = text.get(signal.unwrap_or(text.len())..).unwrap_or_default().lines();
            let stop = rest.find(|line| line.ends_with("--- stopped by SIGSTOP ---"));
            if let Some(process) = stop.and_then(|line| line.split(' ').next()) {
                break process.to_owned();
            }
            assert!(strace.try_wait().expect("strace").is_none(), "it never stops: {text}");
            std::thread::yield_now();
        };
        act();
        let goes_on = Command::new("kill").args(["-CONT", &process]).status();
        assert!(goes_on.expect("kill").success());
    }
    assert!(strace.wait().expect("strace").success());
}

/// Runs the process and kills it at one call; false if it came to its end.
pub(crate) fn killed(
    stored: &Stored,
    act: Act,
    faults: Faults<'_>,
    call: &str,
    time: usize,
) -> bool {
    let inject = format!("inject={call}:signal=KILL:when={time}");
    let mut options = vec!["-o", "/dev/null", "-e", &inject];
    let others: Vec<String> = faults
        .iter()
        .filter(|fault| fault.split(':').next() != Some(call))
        .map(|fault| format!("inject={fault}"))
        .collect();
    options.extend(others.iter().flat_map(|fault| ["-e", fault.as_str()]));
    let names: Vec<&str> = std::iter::once(call)
        .chain(faults.iter().filter_map(|fault| fault.split(':').next()))
        .collect();
    let trace = format!("trace={}", names.join(","));
    options.extend(["-e", &trace]);
    !traced(stored, act, &options)
}
