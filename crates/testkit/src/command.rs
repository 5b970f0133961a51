//! Running a program in a scene.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::{Outcome, Scene};

/// How long any program may take. Far beyond what an honest one needs on a busy machine; a test
/// that waits for longer would never end.
const PATIENCE: Duration = Duration::from_secs(120);

/// A user and group without name, file or right on any machine.
#[cfg(unix)]
const NOBODY: u32 = 23_457;

/// A program to be run in a scene's working folder. Its environment is empty but for a path, a
/// home, a locale and Aether's state folder, all of the scene.
#[derive(Debug)]
pub struct Command<'a> {
    pub(crate) scene: &'a Scene,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, Option<OsString>)>,
    folder: PathBuf,
    input: Vec<u8>,
    #[cfg(unix)]
    ordinary: bool,
}

impl<'a> Command<'a> {
    pub(crate) fn new(scene: &'a Scene, program: &Path) -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let environment = [
            ("PATH", path),
            ("HOME", scene.home().into()),
            ("LANG", "C.UTF-8".into()),
            ("AETHER_STATE_DIR", scene.state().into()),
        ];
        Self {
            scene,
            program: program.to_owned(),
            arguments: Vec::new(),
            environment: environment.map(|(name, value)| (name.into(), Some(value))).into(),
            folder: scene.path(""),
            input: Vec::new(),
            #[cfg(unix)]
            ordinary: false,
        }
    }

    /// Further arguments.
    #[must_use]
    pub fn args<T: AsRef<OsStr>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|one| one.as_ref().to_owned()));
        self
    }

    /// One more argument.
    #[must_use]
    pub fn arg(self, argument: impl AsRef<OsStr>) -> Self {
        self.args([argument])
    }

    /// A variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    /// Without a variable.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.environment.push((name.into(), None));
        self
    }

    /// In another folder.
    #[must_use]
    pub fn within(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = self.scene.path(folder);
        self
    }

    /// With this on its standard input, instead of nothing.
    #[must_use]
    pub fn input(mut self, text: impl AsRef<[u8]>) -> Self {
        self.input = text.as_ref().to_owned();
        self
    }

    /// As a user without any privilege, where the tests are run by root; as the same user
    /// otherwise. Gives that user the scene as it is by now, and copies the program to where every
    /// user can reach it.
    ///
    /// # Panics
    /// When that cannot be done.
    #[cfg(unix)]
    #[must_use]
    pub fn as_ordinary_user(mut self) -> Self {
        if !rustix::process::geteuid().is_root() {
            return self;
        }
        let program = self.scene.root().join("program");
        // By another process: a child that another test starts meanwhile would hold the copy open
        // for writing, and it could not be executed.
        let copied = std::process::Command::new("cp").arg(&self.program).arg(&program).status();
        assert!(copied.is_ok_and(|status| status.success()), "a copy of the program");
        self.program = program;
        self.ordinary = true;
        give(self.scene.root());
        self
    }

    /// The same, in a user namespace around it that allows no other. Arguments may follow.
    ///
    /// # Panics
    /// As [`Command::as_ordinary_user`].
    #[cfg(target_os = "linux")]
    #[must_use]
    pub fn without_user_namespaces(self) -> Self {
        // The setting is one of each namespace: the machine's stays. Then what that took is given
        // away.
        const OUTER: &str = "echo 0 > /proc/sys/user/max_user_namespaces && \
                             exec setpriv --ambient-caps=-all --inh-caps=-all -- \"$0\" \"$@\"";
        let mut command = self.as_ordinary_user();
        let words = ["--user", "--map-current-user", "--keep-caps", "sh", "-c", OUTER];
        let mut arguments: Vec<OsString> = words.map(OsString::from).into();
        arguments.push(command.program.clone().into());
        arguments.append(&mut command.arguments);
        command.arguments = arguments;
        command.program = "/usr/bin/unshare".into();
        command
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be run, or does not end in time.
    #[track_caller]
    pub fn run(&self) -> Outcome {
        let mut command = self.to_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child =
            spawn(&mut command).unwrap_or_else(|error| panic!("{}: {error}", self.line()));
        feed(&mut child, self.input.clone());
        let stdout = collect(child.stdout.take().expect("a pipe"));
        let stderr = collect(child.stderr.take().expect("a pipe"));
        let code = wait(&mut child);
        let took = begun.elapsed();
        let outcome = Outcome {
            line: self.line(),
            code: code.flatten(),
            stdout: stdout.join().expect("its output"),
            stderr: stderr.join().expect("its words"),
            took,
            names: self.scene.names(),
        };
        assert!(code.is_some(), "still running after {PATIENCE:?}: {outcome}");
        outcome
    }

    /// Starts it with pipes for its streams, which the caller holds.
    ///
    /// # Panics
    /// When it cannot be run.
    #[must_use]
    #[track_caller]
    pub fn spawn(&self) -> Child {
        let mut command = self.to_command();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.line()))
    }

    /// Runs it with nobody reading its standard output, as `| head` does when it has seen enough.
    ///
    /// # Panics
    /// As [`Command::run`].
    #[track_caller]
    pub fn run_unread(&self) -> Outcome {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = self.to_command();
        command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.line()));
        let stderr = collect(child.stderr.take().expect("a pipe"));
        let code = wait(&mut child).expect("it ends");
        Outcome {
            line: self.line(),
            code,
            stdout: String::new(),
            stderr: stderr.join().expect("its words"),
            took: begun.elapsed(),
            names: self.scene.names(),
        }
    }

    /// Runs it, and interrupts it as a person does once it has said these words.
    ///
    /// # Panics
    /// As [`Command::run`], and when it never says them.
    #[cfg(unix)]
    #[track_caller]
    pub fn run_interrupted_after(&self, words: &str) -> Outcome {
        self.run_signalled_after(words, &[crate::Signal::INT])
    }

    /// Runs it, and sends it these signals, one after the other, once it has said these words.
    ///
    /// # Panics
    /// As [`Command::run_interrupted_after`].
    #[cfg(unix)]
    #[track_caller]
    pub fn run_signalled_after(&self, words: &str, signals: &[crate::Signal]) -> Outcome {
        use std::io::BufRead as _;
        let mut command = self.to_command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let begun = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.line()));
        let stdout = collect(child.stdout.take().expect("a pipe"));
        let mut stderr = std::io::BufReader::new(child.stderr.take().expect("a pipe"));
        let mut said = String::new();
        while !said.contains(words) {
            let count = stderr.read_line(&mut said).expect("its words");
            assert!(count > 0, "it never said {words:?}: {said}");
        }
        let pid = i32::try_from(child.id()).expect("a number");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process");
        for signal in signals {
            rustix::process::kill_process(pid, *signal).expect("a living process");
        }
        let rest = collect(stderr);
        let code = wait(&mut child);
        let outcome = Outcome {
            line: self.line(),
            code: code.flatten(),
            stdout: stdout.join().expect("its output"),
            stderr: said + &rest.join().expect("its words"),
            took: begun.elapsed(),
            names: self.scene.names(),
        };
        assert!(code.is_some(), "still running after {PATIENCE:?}: {outcome}");
        outcome
    }

    pub(crate) fn to_command(&self) -> std::process::Command {
        let mut command = std::process::Command::new(&self.program);
        command.args(&self.arguments).env_clear().current_dir(&self.folder);
        for (name, value) in &self.environment {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        #[cfg(unix)]
        if self.ordinary {
            use std::os::unix::process::CommandExt;
            // Setting a user from root also clears the groups.
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    pub(crate) fn line(&self) -> String {
        let words: Vec<_> = self.arguments.iter().map(|word| word.to_string_lossy()).collect();
        format!("`{} {}`", self.program.display(), words.join(" "))
    }
}

/// Makes the ordinary user the owner of everything that is there.
#[cfg(unix)]
fn give(path: &Path) {
    std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).expect("another owner");
    if path.symlink_metadata().expect("what is there").is_dir() {
        let entries = std::fs::read_dir(path).expect("a folder");
        entries.for_each(|entry| give(&entry.expect("an entry").path()));
    }
}

/// Starts a program. Wine says `ERROR_INTERNAL_ERROR` where it could not do so in time on a busy machine: then
/// it is asked again, twice.
///
/// # Errors
/// The system's.
pub fn spawn(command: &mut std::process::Command) -> std::io::Result<Child> {
    const NOT_IN_TIME: i32 = 1359;
    for _ in 0..2 {
        match command.spawn() {
            Err(error) if cfg!(windows) && error.raw_os_error() == Some(NOT_IN_TIME) => {
                std::thread::sleep(Duration::from_secs(1));
            }
            done => return done,
        }
    }
    command.spawn()
}

fn feed(child: &mut Child, input: Vec<u8>) {
    let mut stdin = child.stdin.take().expect("a pipe");
    // A program that ends without reading is none the worse.
    std::thread::spawn(move || drop(stdin.write_all(&input)));
}

pub(crate) fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // The end of a terminal is an error on some systems.
        drop(from.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The exit code, if there is one, of a program that ends; nothing for one that had to be killed.
pub(crate) fn wait(child: &mut Child) -> Option<Option<i32>> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(status) = child.try_wait().expect("its status") {
            return Some(status.code());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("it is killed");
    child.wait().expect("its status");
    None
}
