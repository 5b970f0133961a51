//! Where words go, and with how much colour.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aether::StartError;
use aether::source::{inert_json, printable};
use indicatif::{MultiProgress, ProgressDrawTarget};
use serde_json::Value;

use crate::failure::Failure;
use crate::show::{diagnostics, failures};

/// The two streams, and what they can show.
#[derive(Clone, Debug)]
pub(crate) struct Terminal {
    /// Standard error is a terminal: people read along.
    pub(crate) live: bool,
    /// Colour may be used there.
    pub(crate) colour: bool,
    /// Standard output is a terminal.
    pub(crate) result_is_read: bool,
    /// Its width in columns.
    pub(crate) width: usize,
    /// A person can be asked.
    pub(crate) attended: bool,
    /// Nothing is said and no result printed.
    pub(crate) silent: bool,
    /// What is redrawn, on standard error.
    pub(crate) bars: MultiProgress,
    /// A person is being asked: nothing is redrawn meanwhile, and what plugins say waits.
    pub(crate) asking: Arc<Mutex<Option<Waiting>>>,
}

/// Lines that wait until a question is answered: none of them can pose as part of it.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    lines: Vec<String>,
    /// Those for which there was no room.
    more: usize,
}

/// Most lines that wait. A person may take their time.
const WAITING: usize = 1000;

/// Where progress is drawn.
fn target(live: bool) -> ProgressDrawTarget {
    if live { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() }
}

/// A piece of styled text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ink {
    Bold,
    Dim,
    Red,
    Yellow,
    Green,
}

impl Terminal {
    pub(crate) fn detect() -> Self {
        let live = stderr().is_terminal();
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let width = terminal_size::terminal_size_of(stderr()).map_or(100, |(width, _)| width.0);
        Self {
            bars: MultiProgress::with_draw_target(target(live)),
            asking: Arc::default(),
            live,
            colour: live && !plain,
            result_is_read: stdout().is_terminal(),
            width: if live { usize::from(width).clamp(60, 120) } else { 100 },
            attended: live && std::io::stdin().is_terminal(),
            silent: false,
        }
    }

    /// The same, which says nothing and asks nobody.
    pub(crate) fn silenced(&self) -> Self {
        let bars = MultiProgress::with_draw_target(target(false));
        Self { silent: true, live: false, attended: false, bars, ..self.clone() }
    }

    /// Asks a person something while plugins run: nothing is drawn over the question.
    pub(crate) fn ask<T>(&self, question: impl FnOnce() -> T) -> T {
        // Not by `MultiProgress::suspend`, which would hold up whoever has something to say.
        *self.waiting() = Some(Waiting::default());
        drop(self.bars.clear());
        self.bars.set_draw_target(target(false));
        let answer = question();
        self.bars.set_draw_target(target(self.live));
        let waited = self.waiting().take();
        let Waiting { lines, more } = waited.unwrap_or_default();
        lines.iter().for_each(|line| self.aside(line));
        if more > 0 {
            self.aside(&format!("{more} lines more were said while the question was open"));
        }
        answer
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no person is asked.
    pub(crate) fn wait_for_answer(&self) {
        while self.waiting().is_some() {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until no question stands there, once nothing runs any more that waits for an answer. Not
    /// for ever: not everywhere can it be taken back.
    pub(crate) fn wait_for_prompt(&self) {
        let until = Instant::now() + Duration::from_secs(1);
        while self.waiting().is_some() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A line that stays, above what is redrawn. While a person is asked it waits.
    pub(crate) fn aside(&self, line: &str) {
        if let Some(waiting) = &mut *self.waiting() {
            match waiting.lines.len() < WAITING {
                true => waiting.lines.push(line.to_owned()),
                false => waiting.more += 1,
            }
            return;
        }
        match self.live {
            true => drop(self.bars.println(line)),
            false => self.say(line),
        }
    }

    /// A line for people.
    pub(crate) fn say(&self, line: impl Display) {
        if self.silent {
            return;
        }
        // Nobody reads it: no reason to stop.
        drop(writeln!(stderr(), "{line}"));
    }

    /// A result, and nothing else, on standard output.
    pub(crate) fn result(&self, text: impl Display) -> Result<(), Failure> {
        if self.silent {
            return Ok(());
        }
        let mut out = stdout();
        let written = writeln!(out, "{text}").and_then(|()| out.flush());
        match written {
            // The reader has seen enough, as with `| head`.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(Failure::Output),
        }
    }

    /// A result that is JSON. In a terminal what could change how it looks is written as an escape,
    /// which JSON reads as the same text; a program gets every character as it is.
    pub(crate) fn json(&self, value: &Value) -> Result<(), Failure> {
        let text = value.to_string();
        self.result(if self.result_is_read { inert_json(&text) } else { text })
    }

    /// Styled text, plain where colour is not shown.
    pub(crate) fn ink(&self, ink: Ink, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match ink {
            Ink::Bold => "1",
            Ink::Dim => "2",
            Ink::Red => "1;31",
            Ink::Yellow => "33",
            Ink::Green => "32",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// An error in one line. It may name paths and words of files that others wrote, so it is
    /// escaped here, whatever it is.
    pub(crate) fn error(&self, message: impl Display, help: Option<&str>) {
        let message = message.to_string();
        self.say(format_args!("{} {}", self.ink(Ink::Red, "error:"), printable(&message)));
        if let Some(help) = help {
            self.help(help);
        }
    }

    /// What to do about it.
    pub(crate) fn help(&self, text: &str) {
        self.say(format_args!("{} {}", self.ink(Ink::Dim, " help:"), printable(text)));
    }

    /// A warning, as [`Terminal::error`].
    pub(crate) fn warn(&self, message: impl Display) {
        let message = message.to_string();
        self.say(format_args!("{} {}", self.ink(Ink::Yellow, "warning:"), printable(&message)));
    }

    pub(crate) fn failure(&self, failure: &Failure) {
        match failure {
            Failure::Problems(problems) => diagnostics::show_all(self, problems),
            Failure::Refused(refused) => failures::show_refused(self, refused),
            Failure::Choose { message, candidates, .. } => {
                self.error(message, None);
                for candidate in candidates {
                    self.say(format_args!("    {}", printable(candidate)));
                }
                failure.help().iter().for_each(|help| self.help(help));
            }
            Failure::Start(StartError::Audit(_)) => self.error(failure, failure.help()),
            Failure::Start(error) => failures::show_start(self, error, None),
            other => self.error(other, other.help()),
        }
    }
}
