//! Processes made ahead: they become the cell that a recipe says, or are ended. As root every test
//! runs twice: on this host, and on one that is an ordinary user.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the init that it plays"
)]

mod harness;

use std::fs;
use std::process::Command;

use aether_container::{
    Cell, LaunchError, LaunchOptions, Posture, Program, Protection, Recipe, Spare, launch_with,
};
use rustix::process::{Pid, Signal, kill_process};

use harness::{
    Copy, Folder, Test, become_a_cell, become_a_test, becomes, from_root, groups_with, overlay,
    read_only, recipe, shell, start, watch,
};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_348;

const TESTS: &[Test] = &[
    ("a spare becomes a cell like any other", like_any_other),
    ("its grants are those of the recipe", grants),
    ("what is granted where its root was begun is there all the same", granted_at_the_stage),
    ("it is within the limits of the recipe", limits),
    ("a limit below what it has already is kept all the same", small_memory),
    ("one that was ended meanwhile is not used", ended_meanwhile),
    ("one made before something was mounted is not used", mounted_meanwhile),
    ("one for an engine is none for a program", of_its_kind),
    ("where it cannot become a cell another process is tried", no_worse_than_a_new_one),
    ("nothing of the machine's settings changes", settings_stay),
    ("one that nobody takes leaves nothing", leaves_nothing),
    ("it dies with its host", dies_with_its_host),
];

fn main() {
    become_a_cell();
    if std::env::args().nth(1).is_some_and(|word| word == HOST) {
        be_a_host_that_dies();
    }
    if become_a_test(TESTS) {
        return;
    }
    harness::run_all(TESTS, NOBODY, |_, _| Vec::new())
}

/// Starts this program as a host that is killed.
const HOST: &str = "as-a-host-that-dies";

fn spare() -> Spare {
    Spare::make(&Program::Itself, true).unwrap_or_else(|error| panic!("no spare: {error}"))
}

#[track_caller]
fn start_from(spare: Spare, recipe: &Recipe) -> Cell {
    let options = LaunchOptions { spare: Some(spare), ..LaunchOptions::default() };
    launch_with(recipe, options).unwrap_or_else(|error| panic!("no cell: {error}"))
}

/// Processes of this one, as the kernel has them.
fn children() -> Vec<i32> {
    let tasks = fs::read_dir("/proc/self/task").expect("threads").flatten();
    let of = |task: fs::DirEntry| fs::read_to_string(task.path().join("children"));
    let all: String = tasks.filter_map(|task| of(task).ok()).collect();
    all.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}

fn spare_and_its_number() -> (Spare, i32) {
    let spare = spare();
    let pid = spare.pid();
    assert!(children().contains(&pid), "it is a process of ours");
    (spare, pid)
}

/// What a cell is told to have, without the names of groups, of which each has its own.
fn lines(posture: &Posture) -> Vec<String> {
    let named = format!("aether-{}-", std::process::id());
    let plain = |word: &str| word.find(&named).map_or(word, |at| &word[..at]).to_owned();
    let all = posture.lines.iter().map(|line| format!("{line:?}"));
    all.map(|line| line.split(' ').map(plain).collect::<Vec<_>>().join(" ")).collect()
}

fn like_any_other() {
    let script = "exec 2>&1; id -u; cat /proc/1/comm /proc/self/cgroup; ls / /dev /proc; hostname; \
                  cat /proc/self/status | grep -E 'Cap|Seccomp|NoNew|Groups'; \
                  echo x > /usr/x; echo y > /proc/sys/kernel/shmmni; wc -c < /proc/kallsyms; \
                  cat /proc/sys/kernel/sem";
    let cold = watch(start(&recipe(shell(script))));
    let (spare, pid) = spare_and_its_number();
    let cell = start_from(spare, &recipe(shell(script)));
    assert_eq!(cell.pid(), pid, "the spare is the cell");
    let postures = [cell.posture(), cold.cell.posture()].map(lines);
    assert_eq!(postures[0], postures[1]);
    let warm = watch(cell);
    // Numbers of groups and processes are their own.
    let plain = |out: &str| -> Vec<String> {
        let lines = out.lines().filter(|line| !line.contains("aether-"));
        lines.filter(|line| line.parse::<u32>().is_err()).map(str::to_owned).collect()
    };
    assert_eq!(plain(&warm.out), plain(&cold.out));
    assert_eq!(warm.exit, cold.exit);
}

fn grants() {
    let folder = Folder::new();
    folder.file("in", "what is in it\n");
    let path = folder.path();
    let script =
        format!("cat {0}/in; echo new > {0}/out && cat {0}/out; ls /opt 2>&1", path.display());
    let mut native = shell(&script);
    native.mounts.push(overlay(&path));
    let ran = watch(start_from(spare(), &recipe(native)));
    ran.says("what is in it").says("new").says("No such file");
    assert!(!path.join("out").exists(), "the host's folder is as it was");
}

fn granted_at_the_stage() {
    // Where a root is begun ahead nothing can be found any more.
    let mut native = shell("ls /sys");
    native.mounts.push(from_root(read_only("/sys")));
    let (spare, pid) = spare_and_its_number();
    let cell = start_from(spare, &recipe(native));
    assert_ne!(cell.pid(), pid, "the spare is not the cell");
    watch(cell).says("kernel").ends_well();
    assert!(!children().contains(&pid), "the spare is gone");
}

fn limits() {
    let mut native =
        shell("i=0; while [ $i -lt 20 ]; do sleep 1 & i=$((i+1)); done; wait; echo all");
    native.processes = 5;
    native.scratch = 1 << 20;
    let ran = watch(start_from(spare(), &recipe(native)));
    assert!(!ran.out.contains("all"), "{}", ran.out);
    let script = "head -c 3000000 /dev/zero > /tmp/much; wc -c < /tmp/much";
    let mut native = shell(script);
    native.scratch = 1 << 20;
    watch(start_from(spare(), &recipe(native))).says("No space left").says("1048576");
    let mut native = shell(script);
    native.scratch = 8 << 20;
    watch(start_from(spare(), &recipe(native))).says("3000000").ends_well();
}

fn small_memory() {
    let mut small = recipe(shell("echo it runs"));
    small.limits.memory = 256 << 10;
    let words = |cell: Result<Cell, LaunchError>| {
        cell.map(|cell| lines(cell.posture())).map_err(|error| error.to_string())
    };
    let cold = words(launch_with(&small, LaunchOptions::default()));
    let options = LaunchOptions { spare: Some(spare()), ..LaunchOptions::default() };
    assert_eq!(words(launch_with(&small, options)), cold);
}

fn ended_meanwhile() {
    let (spare, pid) = spare_and_its_number();
    kill_process(Pid::from_raw(pid).expect("a number"), Signal::KILL).expect("it is ended");
    becomes("it has ended", || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.contains(") Z ") || stat.is_empty()
    });
    let cell = start_from(spare, &recipe(shell("echo it runs")));
    assert_ne!(cell.pid(), pid);
    watch(cell).says("it runs").ends_well();
}

/// In mounts of a host's own, where this one may have such.
fn mounted_meanwhile() {
    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED as an ordinary user: only root can mount on its host");
        return;
    }
    const INSIDE: &str = "NATIVE_TEST_INSIDE";
    let folder = Folder::new();
    let path = folder.path();
    if std::env::var_os(INSIDE).is_none() {
        let program = std::env::current_exe().expect("this program");
        let run = Command::new("unshare")
            .args(["--mount", "--propagation", "private"])
            .arg(program)
            .args(["--exact", "one made before something was mounted is not used"])
            .env(INSIDE, "1")
            .output()
            .expect("unshare");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        return;
    }
    let (spare, pid) = spare_and_its_number();
    let mounted = Command::new("mount").args(["-t", "tmpfs", "new"]).arg(&path).status();
    assert!(mounted.expect("mount").success());
    fs::write(path.join("file"), "in the new one\n").expect("a file");
    let mut native = shell(&format!("cat {}/file", path.display()));
    native.mounts.push(from_root(read_only(&path)));
    let cell = start_from(spare, &recipe(native));
    assert_ne!(cell.pid(), pid);
    watch(cell).says("in the new one").ends_well();
    let unmounted = Command::new("umount").arg(&path).status();
    assert!(unmounted.expect("umount").success());
}

fn of_its_kind() {
    let spare = Spare::make(&Program::Itself, false).expect("a spare");
    watch(start_from(spare, &recipe(shell("echo it runs")))).says("it runs").ends_well();
}

/// On a machine that covers something in `/proc`, a process namespace cannot have one of its own.
fn no_worse_than_a_new_one() {
    const INSIDE: &str = "NATIVE_TEST_COVERED";
    if std::env::var_os(INSIDE).is_none() {
        if !rustix::process::geteuid().is_root() {
            println!("SKIPPED as an ordinary user: only root can cover anything");
            return;
        }
        let copy = Copy::new();
        for user in ["0", "2012348"] {
            let cover = format!(
                "mount --bind /dev/null /proc/kallsyms && \
                 exec setpriv --reuid {user} --regid {user} --clear-groups \"$0\" \"$@\""
            );
            let run = Command::new("unshare")
                .args(["--mount", "--propagation", "private", "sh", "-c", &cover])
                .arg(copy.path())
                .args(["--exact", "where it cannot become a cell another process is tried"])
                .env(INSIDE, "1")
                .output()
                .expect("unshare");
            assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
        }
        copy.remove();
        return;
    }
    let words = |recipe: &Recipe, spare: Option<Spare>| {
        let options = LaunchOptions { spare, ..LaunchOptions::default() };
        match launch_with(recipe, options) {
            Ok(cell) => Ok((lines(cell.posture()), watch(cell).out)),
            Err(error) => Err(error.to_string()),
        }
    };
    let mut one = shell("echo it runs");
    one.mounts.iter_mut().for_each(|mount| mount.as_root = false);
    let mut strict = recipe(one);
    strict.limits.cpu_millis = u32::MAX;
    assert_eq!(words(&strict, Some(spare())), words(&strict, None));
    let lenient = Recipe { optional: [Protection::Userns].into(), ..strict };
    let (cold, warm) = (words(&lenient, None), words(&lenient, Some(spare())));
    assert_eq!(warm, cold);
    assert!(cold.is_ok_and(|(_, out)| out == "it runs\n"), "it can be had");
}

fn settings_stay() {
    let read = || {
        ["user/max_inotify_instances", "user/max_inotify_watches", "kernel/shmall", "kernel/sem"]
            .map(|name| fs::read_to_string(format!("/proc/sys/{name}")).expect("a setting"))
    };
    let before = read();
    watch(start_from(spare(), &recipe(shell("echo it runs")))).says("it runs");
    assert_eq!(read(), before);
}

fn leaves_nothing() {
    let (spare, pid) = spare_and_its_number();
    let groups = groups_with(pid);
    let cell = start(&recipe(shell("sleep 60")));
    let has_groups = !groups_with(cell.pid()).is_empty();
    assert_eq!(!groups.is_empty(), has_groups, "a spare is in groups where a cell is");
    if !has_groups {
        println!("SKIPPED in part: there are no control groups here that could be left");
    }
    drop(spare);
    assert!(!children().contains(&pid));
    becomes("its groups are gone", || groups.iter().all(|group| !group.exists()));
}

fn be_a_host_that_dies() -> ! {
    let (_spare, pid) = spare_and_its_number();
    println!("{pid}");
    kill_process(rustix::process::getpid(), Signal::KILL).expect("an end");
    std::process::exit(1)
}

fn dies_with_its_host() {
    let program = std::env::current_exe().expect("this program");
    let host = Command::new(program).arg(HOST).output().expect("a host");
    let pid = String::from_utf8_lossy(&host.stdout).trim().to_owned();
    assert!(pid.parse::<u32>().is_ok(), "{host:?}");
    becomes("the spare is gone", || {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        stat.is_empty() || stat.contains(") Z ")
    });
}
