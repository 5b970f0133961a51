//! Launches programs as native cells that try to have more than they may, split over as many
//! processes as it takes. As root every test runs three times: with the machine's control groups,
//! on a host that is an ordinary user, and on a machine that has the core of version 2 alone.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, the init that it plays, and the programs in its cells"
)]

mod harness;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use aether_container::{
    Cell, Exit, Limit, MountKind, Protection, Recipe, Stream, Usage, Workload, launch,
};
use libtest_mimic::Trial;

use harness::{Test, become_a_cell, become_a_test, from_root, groups_with, mount, quiet, start};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_346;

/// Where this program is in a cell.
const ACT: &str = "/act";

/// This program in a script.
const ACT_WORDS: &str = "/act as-program";

/// Its first argument there.
const AS_PROGRAM: &str = "as-program";

/// Leaves a machine with the second version alone, in mounts of its own.
const HIDE_VERSION_ONE: &str = "awk '$3 == \"cgroup\" { print $2 }' /proc/mounts | \
     while read -r place; do umount \"$place\" || exit 1; done && exec \"$0\"";

const MEGABYTE: usize = 1 << 20;

const TESTS: &[Test] = &[
    ("the posture says what holds each limit", the_posture_is_true),
    ("a cell is in its groups from the first, and no group stays", groups_come_and_go),
    ("memory split over processes is one memory", memory_is_one),
    ("memory that forks share counts once", shared_memory_counts_once),
    ("what is written is memory", written_is_memory),
    ("memory files are memory", memory_files_are_memory),
    ("segments that nobody maps are bounded", segments_are_bounded),
    ("one process without memory ends the cell, whatever its parent says", one_ends_all),
    ("another kill is not taken for the limit", other_kills),
    ("a tree has the processors that it may", processors_are_shared),
    ("a tree that is halted does nothing, and goes on", a_tree_is_halted),
    ("a program that is stopped now and then notices nothing", stopping_is_unseen),
    ("processes that wake each other have no more", waking_each_other),
    ("timers that wake a process give it no more", waking_by_timer),
    ("the time of all processes counts, of those nobody waits for too", time_counts),
    ("processes and threads are counted, and no more are made", processes_are_counted),
    ("a fork bomb harms nobody and is told", fork_bomb),
];

fn main() {
    become_a_cell();
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|word| word == AS_PROGRAM) {
        return act(&arguments[2..]);
    }
    if become_a_test(TESTS) {
        return;
    }
    harness::run_all(TESTS, NOBODY, |copy, name| {
        if !rustix::process::geteuid().is_root() {
            return Vec::new();
        }
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", HIDE_VERSION_ONE]);
        let title = format!("{name}, with the core of version 2 alone");
        vec![Trial::test(title, copy.behind(command, name))]
    })
}

// What runs in the cells.

fn act(words: &[String]) {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let number = |at: usize| words[at].parse::<usize>().expect("a number");
    match words[0] {
        // Takes megabytes and stays.
        "take" => {
            let taken = vec![1u8; number(1) * MEGABYTE];
            println!("took {}", taken.len() / MEGABYTE);
            stay();
        }
        // Writes megabytes to a memory file that it never maps, and stays.
        "file" => {
            let flags = rustix::fs::MemfdFlags::CLOEXEC | rustix::fs::MemfdFlags::NOEXEC_SEAL;
            let mut file = fs::File::from(rustix::fs::memfd_create("x", flags).expect("a file"));
            for _ in 0..number(1) {
                file.write_all(&vec![1u8; MEGABYTE]).expect("room");
            }
            stay();
        }
        "burn" => burn(Some(Duration::from_millis(number(1) as u64))),
        // One after the other, none of them waited for where the kernel does not let it.
        "burn-below" => {
            for _ in 0..number(1) {
                let mut child = Command::new(ACT).args([AS_PROGRAM, "burn", words[2]]).spawn();
                let _status = child.as_mut().map(std::process::Child::wait);
            }
        }
        "wake" => {
            let timers = wake_by_timers();
            println!("{} timers", timers.len());
            burn(None);
        }
        "children" => {
            let mut children = Vec::new();
            while let Ok(child) = Command::new("/bin/sleep").arg("60").spawn() {
                children.push(child);
            }
            println!("{} children", children.len());
        }
        "bomb" => loop {
            drop(Command::new(ACT).args([AS_PROGRAM, "bomb"]).spawn());
        },
        "threads" => {
            let mut count = 0;
            while std::thread::Builder::new().spawn(stay).is_ok() {
                count += 1;
            }
            println!("{count} threads");
        }
        other => panic!("{other}"),
    }
}

fn stay() {
    std::thread::sleep(Duration::from_secs(60));
}

/// Uses so much processor time, or all that there is.
fn burn(most: Option<Duration>) {
    let used = || {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
    };
    while most.is_none_or(|most| used() < most) {
        std::hint::black_box((0..10_000u64).fold(0, |sum, one| sum ^ std::hint::black_box(one)));
    }
}

/// Timers of the kernel's that send this process `SIGCONT` two hundred times in a second, whether it
/// runs or not. Newer kernels do not wind up a timer again whose signal nobody takes, so there is
/// one for each time.
fn wake_by_timers() -> Vec<nix::sys::timer::Timer> {
    use nix::sys::signal::{SigEvent, SigevNotify, Signal};
    use nix::sys::timer::{Expiration, Timer, TimerSetTimeFlags};
    use nix::time::ClockId;
    let start = |number: u64| {
        let event = SigevNotify::SigevSignal { signal: Signal::SIGCONT, si_value: 0 };
        let event = SigEvent::new(event);
        let mut timer = Timer::new(ClockId::CLOCK_MONOTONIC, event).ok()?;
        let once = Expiration::OneShot(Duration::from_millis(5 * number).into());
        timer.set(once, TimerSetTimeFlags::empty()).ok()?;
        Some(timer)
    };
    (1..1000).map_while(start).collect()
}

// The cells.

/// A cell for a shell script, with this program in it.
fn recipe(script: &str) -> Recipe {
    let itself = std::env::current_exe().expect("this program").canonicalize().expect("its path");
    let mut native = harness::shell(script);
    native.mounts.push(from_root(mount(ACT, itself, MountKind::ReadOnly)));
    native.executable.push(PathBuf::from(ACT));
    native.scratch = 64 << 20;
    let mut recipe = harness::recipe(native);
    recipe.limits.cpu_millis = u32::MAX;
    recipe
}

fn processes(mut recipe: Recipe, most: u32) -> Recipe {
    if let Workload::Native(native) = &mut recipe.workload {
        native.processes = most;
    }
    recipe
}

fn cpu(mut recipe: Recipe, millis: u32) -> Recipe {
    recipe.limits.cpu_millis = millis;
    recipe
}

/// What a program printed, how it ended, and what it had used.
#[derive(Debug)]
struct Ran {
    out: String,
    /// `None` where it was watched long enough, and then ended.
    exit: Option<Exit>,
    overstepped: Option<Limit>,
    usage: Usage,
    /// Most processes and threads that were seen at once.
    most: u32,
    wall: Duration,
}

impl Ran {
    #[track_caller]
    fn ran_out_of_memory(&self) {
        let limit = matches!(self.exit, Some(Exit::Signal { out_of_memory: true, .. }));
        assert!(limit && self.overstepped == Some(Limit::Memory), "{self:?}");
    }

    /// Had no more of the processors than this, but for what passes before it is noticed; or was
    /// ended for having more.
    #[track_caller]
    fn had_at_most(&self, millis: u32) {
        let share = self.wall * millis / 1000 + Duration::from_secs(1);
        let ended = self.overstepped == Some(Limit::Cpu)
            && matches!(self.exit, Some(Exit::Signal { number: 9, out_of_memory: false }));
        assert!(ended || self.exit.is_none(), "{self:?}");
        assert!(self.usage.cpu <= share, "more than {share:?}: {self:?}");
    }
}

/// Until it ends.
#[track_caller]
fn run(recipe: &Recipe) -> Ran {
    let ran = watch(recipe, Duration::from_secs(60), |_| false);
    assert!(ran.exit.is_some(), "it does not end: {ran:?}");
    ran
}

/// As a driver does, until it ends, or so long, or until something is true of what it used.
#[track_caller]
fn watch(recipe: &Recipe, long: Duration, mut until: impl FnMut(&Usage) -> bool) -> Ran {
    let mut cell = start(recipe);
    let begin = Instant::now();
    let (mut out, mut exit, mut last, mut most) = (String::new(), None, Usage::default(), 0);
    while exit.is_none() && begin.elapsed() < long && !until(&last) {
        let period = cell.govern().unwrap_or(Duration::from_millis(20));
        assert!(period <= Duration::from_millis(20));
        let ready = cell.wait(period, quiet()).expect("wait");
        if ready.syscall {
            drop(cell.next_syscall().expect("listener"));
        }
        take_output(&mut cell, &mut out);
        let usage = cell.usage();
        assert!(usage.cpu >= last.cpu && usage.memory_peak >= last.memory_peak, "{usage:?}");
        last = usage;
        most = most.max(usage.processes);
        exit = if ready.exited { cell.try_exit() } else { None };
    }
    let wall = begin.elapsed();
    take_output(&mut cell, &mut out);
    let (usage, overstepped) = (cell.usage(), cell.overstepped());
    if exit.is_none() {
        cell.kill();
        while cell.try_exit().is_none() {
            assert!(begin.elapsed() < long + Duration::from_secs(60), "it cannot be killed");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    Ran { out, exit, overstepped, usage, most, wall }
}

fn take_output(cell: &mut Cell, out: &mut String) {
    let mut buffer = [0u8; 4096];
    for stream in [Stream::Stdout, Stream::Stderr] {
        while let Ok(count @ 1..) = cell.read_output(stream, &mut buffer) {
            *out += &String::from_utf8_lossy(&buffer[..count]);
        }
    }
}

// The tests.

fn the_posture_is_true() {
    let cell = launch(&cpu(recipe("sleep 60"), 500)).expect("a cell");
    let posture = cell.posture();
    assert!(posture.is_full(), "{posture:#?}");
    let line = |protection| posture.get(protection).map_or("", |line| line.detail.as_str());
    let (memory, cpu) = (line(Protection::Memory), line(Protection::Cpu));
    let processes = line(Protection::Processes);
    assert!(
        memory.starts_with("64 MB of all processes") && !memory.contains("payload"),
        "{memory}"
    );
    assert!(cpu.starts_with("0.5 cores: ") && !cpu.contains("thread"), "{cpu}");
    assert!(processes.starts_with("32 by "), "{processes}");
    let groups = groups_with(cell.pid());
    let has = |file: &str| groups.iter().any(|group| group.join(file).exists());
    let one_or_two = |one: &str, two: &str| has(one) || has(two);
    assert_eq!(
        memory.contains("no cgroup"),
        !one_or_two("memory.limit_in_bytes", "memory.max"),
        "{memory}"
    );
    assert_eq!(cpu.contains("quota"), one_or_two("cpu.cfs_quota_us", "cpu.max"), "{cpu}");
    if !cpu.contains("quota") {
        assert_eq!(cpu.contains("frozen"), has("cgroup.freeze"), "{cpu}");
    }
    assert_eq!(processes.contains("cgroup"), has("pids.max"), "{processes}");
}

fn groups_come_and_go() {
    let cell = launch(&recipe("sleep 60")).expect("a cell");
    // Whether there are those that the posture tells of, another test looks.
    let here = groups_with(cell.pid());
    for group in &here {
        // The program too, which was made after its init.
        let inside = fs::read_to_string(group.join("cgroup.procs")).expect("its processes");
        assert!(inside.lines().count() >= 2, "{}: {inside}", group.display());
    }
    drop(cell);
    let left: Vec<PathBuf> = here.into_iter().filter(|group| group.exists()).collect();
    assert!(left.is_empty(), "{left:?}");
}

fn memory_is_one() {
    // Each has room by itself.
    let script =
        |each: u32| format!("for i in 1 2 3 4 5 6; do {ACT_WORDS} take {each} & done; sleep 60");
    run(&recipe(&script(24))).ran_out_of_memory();
    let until = |usage: &Usage| usage.memory > 20 << 20 && usage.processes >= 7;
    let ran = watch(&recipe(&script(4)), Duration::from_secs(30), until);
    assert!(ran.exit.is_none() && until(&ran.usage), "{ran:?}");
    assert!(ran.usage.memory_peak >= ran.usage.memory);
}

fn shared_memory_counts_once() {
    let script = "x=$(head -c 30000000 /dev/zero | tr '\\0' a); \
                  for i in 1 2 3 4 5 6 7 8; do (sleep 1; :) & done; wait; echo all";
    let mut recipe = recipe(script);
    recipe.limits.memory = 160 << 20;
    let ran = run(&recipe);
    assert_eq!(ran.exit, Some(Exit::Code(0)), "{ran:?}");
    assert!(ran.out.contains("all"), "{ran:?}");
}

fn written_is_memory() {
    let script = format!("head -c 40000000 /dev/zero > /tmp/x; {ACT_WORDS} take 40 & sleep 60");
    run(&recipe(&script)).ran_out_of_memory();
    let ran = run(&recipe("head -c 40000000 /dev/zero > /tmp/x; sleep 0.5; echo fits"));
    assert_eq!(ran.exit, Some(Exit::Code(0)), "{ran:?}");
    assert!(ran.usage.memory_peak > 40_000_000, "{ran:?}");
}

fn memory_files_are_memory() {
    let script = format!("{ACT_WORDS} file 40 & {ACT_WORDS} file 40 & sleep 60");
    run(&recipe(&script)).ran_out_of_memory();
}

fn segments_are_bounded() {
    let ran = run(&recipe("ipcmk -M 50000000 && ipcmk -M 50000000 || echo bounded"));
    assert!(ran.out.contains("Shared memory id") || ran.out.contains("not found"), "{ran:?}");
    assert!(ran.out.contains("bounded"), "{ran:?}");
}

fn one_ends_all() {
    let script = format!("{ACT_WORDS} take 68; echo it is over; exit 0");
    run(&recipe(&script)).ran_out_of_memory();
    let script = format!("{ACT_WORDS} take 68 & sleep 60");
    run(&recipe(&script)).ran_out_of_memory();
}

fn other_kills() {
    let ran = run(&recipe("kill -9 $$"));
    assert_eq!(ran.exit, Some(Exit::Signal { number: 9, out_of_memory: false }), "{ran:?}");
    assert_eq!(ran.overstepped, None);
    let ran = run(&recipe("sleep 60 & kill -9 $!; wait $!; exit 3"));
    assert_eq!(ran.exit, Some(Exit::Code(3)), "{ran:?}");
    // Its own limit on data refuses it more, and that is its own affair.
    let ran = run(&recipe(&format!("{ACT_WORDS} take 100 2>&1; echo it ended by $?")));
    assert_eq!(ran.exit, Some(Exit::Code(0)), "{ran:?}");
}

fn processors_are_shared() {
    let script = format!("for i in 1 2 3 4 5 6 7 8; do {ACT_WORDS} burn 60000 & done; wait");
    for millis in [300, 1200] {
        let long = Duration::from_secs(4);
        let ran = watch(&cpu(recipe(&script), millis), long, |_| false);
        assert!(ran.exit.is_none(), "{ran:?}");
        ran.had_at_most(millis);
        assert!(ran.usage.cpu > Duration::ZERO, "{ran:?}");
    }
}

fn a_tree_is_halted() {
    let used = |cell: &mut Cell, millis: u64| {
        let before = cell.usage().cpu;
        let until = Instant::now() + Duration::from_millis(millis);
        while Instant::now() < until {
            cell.wait(Duration::from_millis(10), quiet()).expect("wait");
            cell.govern();
        }
        (cell.usage().cpu - before).as_secs_f64() * 1000.0 / millis as f64
    };
    let script = format!("{ACT_WORDS} burn 60000 & {ACT_WORDS} burn 60000 & wait");
    let mut cell = start(&cpu(recipe(&script), 1200));
    while used(&mut cell, 200) < 0.2 {}
    cell.freeze(true).expect("halt");
    used(&mut cell, 300);
    let still = used(&mut cell, 1000);
    assert!(still < 0.05, "{still}");
    let survey = cell.survey();
    assert!(survey.threads >= 3 && survey.descriptors >= 2, "{survey:?}");
    cell.freeze(false).expect("go on");
    assert!(used(&mut cell, 1000) > 0.2);
    // Timers that wake it end it where they let it work on.
    let mut cell = start(&cpu(recipe(&format!("exec {ACT_WORDS} wake")), 1200));
    while used(&mut cell, 200) < 0.2 {}
    cell.freeze(true).expect("halt");
    used(&mut cell, 4000);
    let ended = cell.try_exit().is_some() && cell.overstepped() == Some(Limit::Cpu);
    assert!(ended || used(&mut cell, 1000) < 0.15);
}

fn stopping_is_unseen() {
    let script = format!("{ACT_WORDS} burn 300; {ACT_WORDS} burn-below 4 50; echo done; exit 5");
    let ran = run(&cpu(recipe(&script), 250));
    assert_eq!((ran.exit, ran.overstepped), (Some(Exit::Code(5)), None), "{ran:?}");
    assert_eq!(ran.out, "done\n");
    assert!(ran.usage.cpu >= Duration::from_millis(450), "{ran:?}");
}

fn waking_each_other() {
    let script = "for i in 1 2 3 4 5 6; do while :; do kill -CONT -1; done & done; wait";
    let ran = watch(&cpu(recipe(script), 300), Duration::from_secs(5), |_| false);
    ran.had_at_most(300);
}

fn waking_by_timer() {
    let recipe = cpu(recipe(&format!("{ACT_WORDS} wake & sleep 60")), 300);
    let ran = watch(&recipe, Duration::from_secs(5), |_| false);
    ran.had_at_most(300);
}

fn time_counts() {
    // The first process sleeps.
    let script = format!("{ACT_WORDS} burn-below 2 300 & {ACT_WORDS} burn 300 & sleep 60");
    let enough = |usage: &Usage| usage.cpu >= Duration::from_millis(850);
    let ran = watch(&recipe(&script), Duration::from_secs(60), enough);
    assert!(enough(&ran.usage), "{ran:?}");
    // Where nobody waits, the last look is what is known.
    let script = format!("trap '' CHLD; exec {ACT_WORDS} burn-below 4 300");
    let ran = run(&recipe(&script));
    assert!(ran.usage.cpu >= Duration::from_millis(600), "{ran:?}");
}

fn processes_are_counted() {
    for (what, others) in [("children", 15), ("threads", 15)] {
        let recipe = processes(recipe(&format!("exec {ACT_WORDS} {what}")), 16);
        let ran = run(&recipe);
        assert_eq!(ran.out, format!("{others} {what}\n"), "{ran:?}");
    }
    let recipe = processes(recipe("for i in 1 2 3 4 5; do sleep 60 & done; sleep 60"), 16);
    let ran = watch(&recipe, Duration::from_secs(30), |usage| usage.processes == 7);
    assert_eq!((ran.usage.processes, ran.usage.processes_refused), (7, 0), "{ran:?}");
}

fn fork_bomb() {
    let mut recipe = processes(recipe(&format!("exec {ACT_WORDS} bomb")), 16);
    recipe.limits.memory = 256 << 20;
    let until = |usage: &Usage| usage.processes_refused > 20;
    let ran = watch(&cpu(recipe, 500), Duration::from_secs(60), until);
    assert!(ran.exit.is_none() && until(&ran.usage) && ran.most <= 16, "{ran:?}");
    // The host goes on as if nothing had been.
    assert!(Command::new("true").status().expect("it starts").success());
    assert_eq!(run(&self::recipe("exit 4")).exit, Some(Exit::Code(4)));
}
