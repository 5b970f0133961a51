//! Progress: a line per step that is redrawn in a terminal, one line per event in a pipe.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aether::monitor::Finding;
use aether::monitor::pressure::Tier;
use aether::report::Rung;
use aether::source::printable;
use aether::{CallError, Event, Level, Traced};
use indicatif::{ProgressBar, ProgressStyle};

use crate::show::terminal::{Ink, Terminal};

/// Further lines that are shown of one message: a plugin must not push everything else away.
const MAX_LOG_LINES: usize = 50;

/// Shows what runs.
#[derive(Clone)]
pub(crate) struct Progress {
    terminal: Terminal,
    shown: Arc<Mutex<Shown>>,
}

#[derive(Default)]
struct Shown {
    steps: BTreeMap<String, Line>,
    /// Steps in a pipe that are yet to be told of.
    begun: BTreeSet<String>,
    /// Which step a cell runs.
    cells: BTreeMap<u32, String>,
}

struct Line {
    bar: ProgressBar,
    denied: u64,
    memory: u64,
    note: String,
}

impl Progress {
    pub(crate) fn new(terminal: &Terminal) -> Self {
        Self { terminal: terminal.clone(), shown: Arc::default() }
    }

    /// A step begins. In a pipe nothing is said yet: the plugin may not be there.
    pub(crate) fn begin(&self, step: &str) {
        if !self.terminal.live {
            self.shown().begun.insert(step.to_owned());
            return;
        }
        let bar = self.terminal.bars.add(ProgressBar::new_spinner());
        bar.set_style(style("{spinner:.cyan} {prefix:.bold} {elapsed:>6.dim} {msg}"));
        bar.set_prefix(format!("{step:<12}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        let line = Line { bar, denied: 0, memory: 0, note: String::new() };
        self.shown().steps.insert(step.to_owned(), line);
    }

    /// A step ended; why it failed is told when everything is over.
    pub(crate) fn end(&self, step: &str, good: bool, elapsed: Duration) {
        let time =
            aether::manifest::show_duration(Duration::from_millis(elapsed.as_millis() as u64));
        if !self.terminal.live {
            let word = if good { "done" } else { "failed" };
            self.terminal.say(format_args!("{step}: {word} in {time}"));
            return;
        }
        let line = self.shown().steps.remove(step);
        if let Some(line) = line {
            let mark = if good {
                self.terminal.ink(Ink::Green, "✓")
            } else {
                self.terminal.ink(Ink::Red, "✗")
            };
            line.bar.finish_and_clear();
            let facts = line.facts(&self.terminal);
            let name = self.terminal.ink(Ink::Bold, format_args!("{step:<12}"));
            self.say(format!("{mark} {name} {time:>6}  {facts}").trim_end());
        }
    }

    /// A step will not begin.
    pub(crate) fn skip(&self, step: &str, reason: &str) {
        let mark = if self.terminal.live {
            self.terminal.ink(Ink::Dim, "–") + " "
        } else {
            String::new()
        };
        self.say(&format!("{mark}{step}: skipped: {}", printable(reason)));
    }

    /// A line that stays, above what is redrawn.
    pub(crate) fn say(&self, line: &str) {
        self.terminal.aside(line);
    }

    /// What a cell does.
    pub(crate) fn event(&self, event: &Event) {
        match event {
            Event::Starting { cell, plugin, step } => {
                let name = step.as_ref().unwrap_or(plugin).clone();
                if self.shown().begun.remove(&name) {
                    self.terminal.say(format_args!("{}: started", printable(&name)));
                }
                self.shown().cells.insert(*cell, name);
            }
            Event::Log { cell, level, message, .. } => self.log(*cell, *level, message),
            Event::LogCapped { cell } => {
                let who = self.name(*cell);
                self.say(&format!("{who}: further log lines are dropped"));
            }
            Event::Progress { cell, fraction, message, .. } => self.change(*cell, |line| {
                line.note = format!("{:>3.0} %  {}", fraction * 100.0, printable(message));
            }),
            Event::Denied { cell, denied } => {
                self.change(*cell, |line| line.denied += 1);
                let who = self.name(*cell);
                let word = self.terminal.ink(Ink::Yellow, "denied");
                self.say(&format!("{word} {who}: {}", printable(&denied.message)));
            }
            Event::Traced { cell, traced } => self.traced(*cell, traced),
            Event::Elevated { cell, elevation } if elevation.issued => {
                let who = self.name(*cell);
                let word = self.terminal.ink(Ink::Yellow, "beyond");
                let (want, by) = (printable(&elevation.want), printable(&elevation.by));
                self.say(&format!("{word} {who}: {want}, allowed by {by}"));
            }
            Event::Dumped { cell, path, error } => {
                let (who, path) = (self.name(*cell), path.display().to_string());
                let path = printable(&path);
                match error {
                    None => self.say(&format!("{who}: coredump {path}")),
                    Some(error) => {
                        self.say(&format!("{who}: no coredump: {path}: {}", printable(error)));
                    }
                }
            }
            Event::Cancelled { cell, method } => {
                let who = self.name(*cell);
                self.say(&format!("{who}: the call of `{}` was cancelled", printable(method)));
            }
            Event::Restarting { plugin, after, in_ms } => {
                self.rests(plugin, after, &format!("it may be started again after {in_ms} ms"));
            }
            Event::BreakerOpened { plugin, failures, for_ms } => {
                let word = self.terminal.ink(Ink::Red, "failed");
                let times = if *failures == 1 { "once more" } else { "too often" };
                self.say(&format!(
                    "{word} {}: {times}; it is left alone for {for_ms} ms",
                    printable(plugin)
                ));
            }
            Event::BreakerClosed { plugin } => {
                let word = self.terminal.ink(Ink::Green, "works ");
                self.say(&format!("{word} {}: it is called again", printable(plugin)));
            }
            Event::Held { plugin, after } => {
                self.rests(plugin, after, "it is not started again by itself");
            }
            Event::Finding { cell, finding } if is_news(finding) => {
                let who = self.name(*cell);
                let word = self.terminal.ink(Ink::Yellow, "noticed");
                self.say(&format!("{word} {who}: {}", printable(&finding.sentence)));
            }
            Event::Ladder { cell, step } if step.to != Rung::Notify => {
                let who = self.name(*cell);
                let (ink, what) = match step.to {
                    Rung::Observe | Rung::Notify => (Ink::Green, "goes on as before"),
                    Rung::Throttle => (Ink::Yellow, "is slowed down"),
                    Rung::Narrow => (Ink::Yellow, "keeps fewer permissions"),
                    Rung::Freeze => (Ink::Red, "is halted"),
                    Rung::Kill => (Ink::Red, "is ended"),
                };
                let word = self.terminal.ink(ink, "monitor");
                self.say(&format!("{word} {who} {what}: {}", printable(&step.because)));
            }
            Event::Pressure { tier, because } if *tier >= Tier::Scarce => {
                let word = self.terminal.ink(Ink::Yellow, "machine");
                let tier = match tier {
                    Tier::Calm | Tier::Tight | Tier::Scarce => "is short: what matters less waits",
                    Tier::Critical => "is very short: something is ended",
                };
                self.say(&format!("{word} {tier}: {because}"));
            }
            Event::Usage { cell, memory, .. } => self.change(*cell, |line| line.memory = *memory),
            _ => {}
        }
    }

    /// A line of the timeline: when it began, how long it took, what it was.
    fn traced(&self, cell: u32, traced: &Traced) {
        let (who, word) = (self.name(cell), self.terminal.ink(Ink::Dim, "trace"));
        let ms = |time: Duration| format!("{:>9.2} ms", time.as_secs_f64() * 1e3);
        let what = format!("{} {}", printable(&traced.method), printable(&traced.object));
        let failed =
            traced.failed.map(|word| format!("  {}", self.terminal.ink(Ink::Yellow, word)));
        let (at, took) = (ms(traced.at), ms(traced.took));
        let what = what.trim_end();
        self.say(&format!(
            "{word} {who}: at {at}, for {took}  {what}{}",
            failed.unwrap_or_default()
        ));
    }

    fn rests(&self, plugin: &str, after: &CallError, then: &str) {
        let word = self.terminal.ink(Ink::Red, "failed");
        let why = after.to_string();
        self.say(&format!("{word} {}: {}; {then}", printable(plugin), printable(&why)));
    }

    fn log(&self, cell: u32, level: Level, message: &str) {
        if level == Level::Debug {
            return;
        }
        let who = self.name(cell);
        let word = match level {
            Level::Warn => self.terminal.ink(Ink::Yellow, "warn "),
            Level::Error => self.terminal.ink(Ink::Red, "error"),
            _ => self.terminal.ink(Ink::Dim, "info "),
        };
        for line in log_lines(&format!("{word} {who}: "), message) {
            self.say(&line);
        }
    }

    fn change(&self, cell: u32, change: impl FnOnce(&mut Line)) {
        let mut shown = self.shown();
        let Some(step) = shown.cells.get(&cell).cloned() else { return };
        if let Some(line) = shown.steps.get_mut(&step) {
            change(line);
            let text = format!("{}{}", line.facts(&self.terminal), line.note);
            line.bar.set_message(text);
        }
    }

    fn name(&self, cell: u32) -> String {
        let shown = self.shown();
        shown.cells.get(&cell).cloned().unwrap_or_else(|| format!("cell {cell}"))
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a finding is more than what is told in another way.
fn is_news(finding: &Finding) -> bool {
    const TOLD: [&str; 3] = ["limit", "strike", "violation"];
    !finding.hint && !TOLD.contains(&finding.rule)
}

/// A message in as many lines as it has, each escaped; what follows the first is indented, so that
/// no line can pass for another one's beginning.
fn log_lines(head: &str, message: &str) -> Vec<String> {
    let mut lines = message.trim_end_matches(['\n', '\r']).split('\n');
    let first = lines.next().unwrap_or_default();
    let shown = |line: &str| printable(line.trim_end_matches('\r')).into_owned();
    let mut all = vec![format!("{head}{}", shown(first))];
    all.extend(lines.take(MAX_LOG_LINES).map(|line| format!("      | {}", shown(line))));
    if let Some(more) = message.split('\n').count().checked_sub(MAX_LOG_LINES + 2) {
        all.push(format!("      … and {} more lines", more + 1));
    }
    all
}

impl Line {
    fn facts(&self, terminal: &Terminal) -> String {
        let mut facts = String::new();
        if self.memory > 0 {
            facts += &format!("{:>4} MB  ", self.memory >> 20);
        }
        if self.denied > 0 {
            facts +=
                &format!("{}  ", terminal.ink(Ink::Yellow, format_args!("{} denied", self.denied)));
        }
        facts
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}
