//! A program in a terminal of its own, with a person at the keyboard.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::command::wait;
use crate::{Command, Outcome};

/// How long a prompt may take to appear.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program whose standard streams are a terminal.
#[derive(Debug)]
pub struct Session {
    child: Child,
    keyboard: File,
    screen: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    line: String,
    names: Vec<(String, &'static str)>,
    begun: Instant,
}

impl Session {
    /// Starts a command in a new terminal of 100 columns.
    ///
    /// # Panics
    /// When there is no terminal to be had, or the program cannot be run.
    #[must_use]
    pub fn start(command: &Command<'_>) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a terminal");
        grantpt(&ours).expect("a terminal of our own");
        unlockpt(&ours).expect("an unlocked terminal");
        let size = Winsize { ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).expect("a terminal's size");
        let name = ptsname(&ours, Vec::new()).expect("its name").into_string().expect("its name");
        let open = || File::options().read(true).write(true).open(&name).expect("its other end");
        let mut line = command.to_command();
        line.stdin(Stdio::from(open())).stdout(Stdio::from(open())).stderr(Stdio::from(open()));
        line.env("TERM", "xterm-256color");
        let child = line.spawn().unwrap_or_else(|error| panic!("{}: {error}", command.line()));
        // Closes our copies of the other end, so that its end can be seen.
        drop(line);
        let keyboard = File::from(ours);
        let screen = watch(keyboard.try_clone().expect("its screen"));
        let names = command.scene.names();
        let (seen, line, begun) = (Vec::new(), command.line(), Instant::now());
        Self { child, keyboard, screen, seen, line, names, begun }
    }

    /// Waits until this has appeared on the screen.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait_for_times(text, 1)
    }

    /// Waits until this has appeared so often.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn wait_for_times(&mut self, text: &str, times: usize) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        while String::from_utf8_lossy(&self.seen).matches(text).count() < times {
            match self.screen.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(more) => self.seen.extend(more),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!("{text:?} does not appear:\n{}", String::from_utf8_lossy(&self.seen));
                }
            }
        }
        self
    }

    /// Types this.
    ///
    /// # Panics
    /// When nobody takes it.
    pub fn types(&mut self, text: &str) -> &mut Self {
        self.keyboard.write_all(text.as_bytes()).expect("a keyboard");
        self
    }

    /// Waits for the end. What was on the screen is what was said for people; a terminal does not
    /// tell the two streams apart.
    ///
    /// # Panics
    /// When it does not end in time.
    #[track_caller]
    pub fn end(mut self) -> Outcome {
        let code = wait(&mut self.child);
        self.seen.extend(self.screen.iter().flatten());
        let screen = String::from_utf8_lossy(&self.seen).replace("\r\n", "\n");
        assert!(code.is_some(), "{} is still running:\n{screen}", self.line);
        Outcome {
            line: self.line,
            code: code.flatten(),
            stdout: String::new(),
            stderr: screen,
            took: self.begun.elapsed(),
            names: self.names,
        }
    }
}

/// Passes on what appears, until the other end is closed.
fn watch(mut screen: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = screen.read(&mut buffer) {
            if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}
