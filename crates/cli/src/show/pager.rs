//! What is longer than the terminal, page by page, as the person is used to.

use std::fmt::Display;
use std::io::{ErrorKind, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::failure::Failure;
use crate::show::terminal::Terminal;

/// Variables that name a pager, the first that is set before the others. An empty one is for none.
const NAMED_BY: [&str; 2] = ["AETHER_PAGER", "PAGER"];

/// What is used where none is named.
const USUAL: &str = "less";

/// What `less` is to do unless the person says otherwise: end by itself where all fits, pass colours,
/// and leave what was shown on the screen.
const LESS: &str = "FRX";

/// What the shell ends with that could not run a command, or did not find it.
const NOT_RUN: i32 = 126;
const NOT_FOUND: i32 = 127;

/// A result on its way to a person: through a pager where it is read in a terminal, straight on
/// elsewhere.
pub(crate) struct Pager<'a> {
    terminal: &'a Terminal,
    child: Option<Child>,
    /// Whoever reads has seen enough.
    is_left: bool,
    /// What it was given, should there turn out to be no pager.
    shown: Vec<String>,
}

impl<'a> Pager<'a> {
    /// Starts the pager, where there is one and a person.
    pub(crate) fn open(terminal: &'a Terminal) -> Self {
        let wanted = terminal.result_is_read && terminal.attended && cfg!(unix);
        let child = named().filter(|_| wanted).and_then(|command| start(&command));
        Self { terminal, child, is_left: false, shown: Vec::new() }
    }

    /// Shows one line, or several.
    pub(crate) fn result(&mut self, text: impl Display) -> Result<(), Failure> {
        let Some(to) = self.child.as_mut().and_then(|child| child.stdin.as_mut()) else {
            return self.terminal.result(text);
        };
        let text = text.to_string();
        self.shown.push(text);
        let (Some(text), false) = (self.shown.last(), self.is_left) else { return Ok(()) };
        match writeln!(to, "{text}") {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.is_left = true;
                Ok(())
            }
            written => written.map_err(Failure::io("the pager")),
        }
    }

    /// Waits until the person has read it.
    pub(crate) fn end(mut self) -> Result<(), Failure> {
        let Some(mut child) = self.child.take() else { return Ok(()) };
        drop(child.stdin.take());
        let status = child.wait().map_err(Failure::io("the pager"))?;
        match status.code() {
            Some(NOT_RUN | NOT_FOUND) => {
                self.shown.iter().try_for_each(|text| self.terminal.result(text))
            }
            _ => Ok(()),
        }
    }
}

fn named() -> Option<String> {
    let named = NAMED_BY.iter().find_map(std::env::var_os);
    let command = named.map_or_else(|| USUAL.to_owned(), |set| set.to_string_lossy().into_owned());
    (!command.trim().is_empty() && command != "cat").then_some(command)
}

/// By the shell, as everybody does who reads these variables: they hold options, too.
fn start(command: &str) -> Option<Child> {
    if !is_there(command) {
        return None;
    }
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]);
    if std::env::var_os("LESS").is_none() {
        shell.env("LESS", LESS);
    }
    hold_interruptions();
    shell.stdin(Stdio::piped()).spawn().ok()
}

/// Whether the program that a command begins with is installed. A command of another form is tried.
fn is_there(command: &str) -> bool {
    let program = command.split_whitespace().next().unwrap_or_default();
    let is_plain = program.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+/".contains(c));
    let path = std::env::var_os("PATH").unwrap_or_default();
    !is_plain
        || match program.contains('/') {
            true => Path::new(program).exists(),
            false => std::env::split_paths(&path).any(|folder| folder.join(program).exists()),
        }
}

/// In a pager an interruption ends a search, not the command behind it.
fn hold_interruptions() {
    #[cfg(unix)]
    drop(signal_hook::flag::register(signal_hook::consts::SIGINT, std::sync::Arc::default()));
}
