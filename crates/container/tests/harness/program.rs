//! This test program in its other roles.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use aether_container::{Role, enter, is_cell};
use libtest_mimic::{Arguments, Failed, Trial};

/// A test and its name.
pub(crate) type Test = (&'static str, fn());

/// Tells a copy of this program which test it is to run, on another kind of host.
const ROLE: &str = "NATIVE_TEST_ROLE";

/// Uses the user namespaces up, then gives away what that took. The machine's setting stays: each
/// namespace has its own.
const USE_UP: &str = "echo 0 > /proc/sys/user/max_user_namespaces && \
                      exec setpriv --ambient-caps=-all --inh-caps=-all -- \"$0\"";

/// Becomes the init of a native cell, where this program was started as one.
pub(crate) fn become_a_cell() {
    if !is_cell() {
        return;
    }
    match enter() {
        Ok(Role::Over(code)) => std::process::exit(code.into()),
        Ok(_) => std::process::exit(2),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(3);
        }
    }
}

/// What this copy of the program is to be, if anything.
pub(crate) fn role() -> Option<String> {
    std::env::var(ROLE).ok()
}

/// Runs the one test that this copy of the program is for, and says whether it is for one.
pub(crate) fn become_a_test(tests: &[Test]) -> bool {
    let Some(name) = role() else { return false };
    let test = tests.iter().find(|(known, _)| *known == name).expect("a known test");
    (test.1)();
    true
}

/// A copy of this program that every user may run. To be made before any other process is started,
/// which would keep it open for writing.
pub(crate) struct Copy {
    folder: tempfile::TempDir,
}

impl Copy {
    pub(crate) fn new() -> Self {
        // Not below /tmp: there the root of a cell is made, and nothing is granted from it.
        let folder = tempfile::Builder::new().prefix("native-").tempdir_in("/var/tmp");
        let copy = Self { folder: folder.expect("a folder") };
        fs::copy(std::env::current_exe().expect("this program"), copy.path()).expect("a copy");
        for path in [copy.folder.path(), &copy.path()] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("its rights");
        }
        copy
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// A test in a process of an ordinary user.
    pub(crate) fn as_user(
        &self,
        user: u32,
        name: &'static str,
    ) -> impl FnOnce() -> Result<(), Failed> + use<> {
        let program = self.path();
        move || apart(name, Command::new(program).uid(user).gid(user))
    }

    /// A test in what another program makes of its surroundings. The path of the copy becomes the
    /// last word of the command.
    pub(crate) fn behind(
        &self,
        mut command: Command,
        name: &'static str,
    ) -> impl FnOnce() -> Result<(), Failed> + use<> {
        command.arg(self.path());
        move || apart(name, &mut command)
    }

    /// A test of an ordinary user, this one where that is one, in a namespace that is the last one.
    pub(crate) fn without_namespaces(
        &self,
        user: u32,
        name: &'static str,
    ) -> impl FnOnce() -> Result<(), Failed> + use<> {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-current-user", "--keep-caps", "sh", "-c", USE_UP]);
        if rustix::process::geteuid().is_root() {
            command.uid(user).gid(user);
        }
        self.behind(command, name)
    }

    /// Once nothing runs any more.
    pub(crate) fn remove(self) {
        drop(self.folder);
    }
}

/// Runs each test here and, as root, once more on the host of an ordinary user; and whatever else
/// `more` makes of it. Ends the program.
pub(crate) fn run_all(
    tests: &[Test],
    user: u32,
    more: impl Fn(&Copy, &'static str) -> Vec<Trial>,
) -> ! {
    let root = rustix::process::geteuid().is_root();
    if !root {
        println!("each test is run as this user alone; root would run it on other hosts too");
    }
    let copy = Copy::new();
    let mut trials = Vec::new();
    for &(name, test) in tests {
        trials.push(Trial::test(name, move || {
            test();
            Ok::<(), Failed>(())
        }));
        if root {
            let title = format!("{name}, as an ordinary user");
            trials.push(Trial::test(title, copy.as_user(user, name)));
        }
        trials.extend(more(&copy, name));
    }
    conclude(trials, copy)
}

/// Runs trials, and ends the program.
pub(crate) fn conclude(trials: Vec<Trial>, copy: Copy) -> ! {
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    copy.remove();
    conclusion.exit()
}

/// Runs a test in a process of its own, with nothing of this one's surroundings.
fn apart(name: &str, command: &mut Command) -> Result<(), Failed> {
    let said = command
        .env_clear()
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .env(ROLE, name)
        .current_dir(Path::new("/"))
        .output()
        .expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if !said.status.success() {
        return Err(format!("{}{}", text(&said.stdout), text(&said.stderr)).into());
    }
    // What it did not do is said aloud.
    let told = text(&said.stdout);
    told.lines()
        .filter(|line| line.starts_with("SKIPPED"))
        .for_each(|line| println!("{name}: {line}"));
    Ok(())
}
