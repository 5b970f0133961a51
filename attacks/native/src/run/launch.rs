//! Starting a command as any launcher would: with a session of its own, and everything inherited.
#![allow(unsafe_code, reason = "acts between fork and execution")]

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

use super::judge::End;

/// Longest life of a launched program.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A launched command.
pub(super) struct Launched {
    child: Child,
    /// Keeps the terminal open, where there is one.
    _controller: Option<OwnedFd>,
}

/// How to launch.
pub(super) struct Launch<'a> {
    pub(super) words: &'a [String],
    pub(super) folder: &'a Path,
    pub(super) terminal: bool,
    /// Both outputs go here: a file, so that whoever is left holds no pipe open.
    pub(super) output: &'a Path,
    pub(super) errors: &'a Path,
}

impl Launch<'_> {
    pub(super) fn start(&self) -> io::Result<Launched> {
        let (program, arguments) =
            self.words.split_first().ok_or_else(|| io::Error::other("an empty command"))?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder);
        command.stdout(File::create(self.output)?).stderr(File::create(self.errors)?);
        let controller = if self.terminal {
            let controller =
                openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
            unlockpt(&controller)?;
            let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
            command.stdin(Stdio::from(ioctl_tiocgptpeer(&controller, flags)?));
            Some(controller)
        } else {
            command.stdin(Stdio::null());
            None
        };
        let terminal = self.terminal;
        let begin = move || {
            rustix::process::setsid()?;
            if terminal {
                // The standard input becomes the session's terminal.
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
            }
            Ok(())
        };
        // SAFETY: between fork and execution only system calls are made.
        unsafe { command.pre_exec(begin) };
        Ok(Launched { child: command.spawn()?, _controller: controller })
    }
}

impl Launched {
    /// Its process, which leads its session.
    pub(super) fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Awaits its end, and brings it about when it is late.
    pub(super) fn end(&mut self) -> io::Result<End> {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(match status.code() {
                    Some(code) => End::Code(code),
                    None => End::Signal(status.signal().unwrap_or(0)),
                });
            }
            if Instant::now() > until {
                self.kill()?;
                return Ok(End::Late);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.child.kill()?;
        self.child.wait().map(drop)
    }
}
