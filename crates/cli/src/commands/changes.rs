//! `aether diff`, `aether apply`, `aether discard`

use std::collections::BTreeSet;
use std::path::Path;

use aether::ExitCode;
use aether::audit::{Event, Kind, Log, LogError, Verdict};
use aether::overlay::{
    ApplyReport, Atomicity, Change, ChangeKind, Changeset, DiffBody, FileDiff, JournalError,
    Outcome, Resumed, apply_journalled, diff as diff_one, journal_waits, resume,
};
use aether::path::{PathPattern, VirtualPath};
use aether::policy::sensitive;
use aether::report::RunRecord;
use aether::source::{printable, quoted};

use crate::args::{ApplyArgs, DiscardArgs, RunRef};
use crate::failure::{Failure, with_source};
use crate::own_log;
use crate::show::pager::Pager;
use crate::show::prompt::Prompt;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{RunFolder, State};

pub(crate) fn diff(args: &RunRef, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let run = State::open()?.find(args.run.as_deref())?;
    let all = run.load_changes()?;
    let mut pager = Pager::open(terminal);
    for (_, changes) in all {
        for file in diff_one(&changes) {
            show_diff(&file, terminal, &mut |line| pager.result(line))?;
        }
    }
    pager.end()?;
    Ok(ExitCode::Done)
}

pub(crate) fn apply(args: &ApplyArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let only = args.only.as_deref().map(|text| {
        PathPattern::parse(text).map_err(|error| {
            let help = "write a pattern as in a manifest, such as --only './out/*.md'";
            Failure::usage_with(format!("--only {}: {error}", quoted(text)), help)
        })
    });
    let only = only.transpose()?;
    let state = State::open()?;
    let run = state.find(args.run.run.as_deref())?;
    let all = run.load_changes()?;
    if args.resume {
        return take_up(&state, &run, all, terminal);
    }
    check_selection(args, only.as_ref(), &run, &all)?;
    let is_selected = |change: &Change| only.as_ref().is_none_or(|only| covers(only, change));
    let chosen = match args.interactive {
        true => Some(choose(&all, is_selected, terminal)?),
        false => None,
    };
    let select = |cell: u32, change: &Change| match &chosen {
        Some(chosen) => chosen.contains(&(cell, change.path.clone())),
        None => is_selected(change),
    };
    terminal.say(format_args!("Applying the changes of {}.", run.name()));
    let log = own_log::of_changes(&state, &run)?;
    let together = args.together || run.is_transaction();
    let how = if together { Atomicity::All } else { Atomicity::Each };
    let report = apply_all(&log, all, select, how, &run.journal());
    conclude(&run, &log, report, terminal)
}

/// Whether a pattern names all that a change is about: of what is moved, both ends.
fn covers(only: &PathPattern, change: &Change) -> bool {
    change.paths().all(|path| only.matches(path))
}

/// Whether these changes can be chosen among, and there is something to choose.
fn check_selection(
    args: &ApplyArgs,
    only: Option<&PathPattern>,
    run: &RunFolder,
    all: &[(u32, Changeset)],
) -> Result<(), Failure> {
    if run.is_transaction() && (only.is_some() || args.interactive) {
        let message = format!("{} is a transaction: its changes are made together", run.name());
        let help = "leave `--only` and `--interactive` out";
        return Err(Failure::usage_with(message, help));
    }
    let Some(only) = only else { return Ok(()) };
    let mut changes = all.iter().flat_map(|(_, changes)| changes.changes());
    if !changes.any(|change| covers(only, change)) {
        let text = args.only.as_deref().unwrap_or_default();
        let message = format!("--only {}: no change of {} matches", quoted(text), run.name());
        let help = format!("`aether diff {}` shows them", run.name());
        return Err(Failure::usage_with(message, help));
    }
    Ok(())
}

/// Finishes what was cut off.
fn take_up(
    state: &State,
    run: &RunFolder,
    all: Vec<(u32, Changeset)>,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let nothing = || {
        let message = format!("nothing of {} was cut off", run.name());
        let help = format!("`aether apply {}` makes its changes", run.name());
        Failure::usage_with(message, help)
    };
    if !journal_waits(&run.journal())? {
        return Err(nothing());
    }
    let log = own_log::of_changes(state, run)?;
    log.record(&Event::new(Kind::Apply, "resume", Verdict::Noted).object(&run.name()))?;
    log.flush()?;
    let sets: Vec<&Changeset> = all.iter().map(|(_, changes)| changes).collect();
    let reports = match resume(&sets, &run.journal())? {
        // Somebody else was faster.
        Resumed::Nothing => return Err(nothing()),
        Resumed::Finished(reports) => reports,
        Resumed::RolledBack(reports) => {
            terminal.say("Everything is as it was before: its changes are made together.");
            reports
        }
    };
    let mut report = Applied { cells: Vec::new(), problem: None };
    report.take(&log, all, reports);
    conclude(run, &log, report, terminal)
}

/// Tells what became of the changes, and forgets those that are made.
fn conclude(
    run: &RunFolder,
    log: &Log,
    mut report: Applied,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    report.show(terminal, run);
    if let Some(problem) = report.problem.take() {
        return Err(problem);
    }
    let code = if report.is_complete() { ExitCode::Done } else { ExitCode::PluginError };
    own_log::end(log, code, terminal)?;
    // What conflicted, or was not selected, waits for another time.
    if report.is_everything() {
        run.drop_changes()?;
    }
    Ok(code)
}

/// Shows each change and asks for it.
fn choose(
    all: &[(u32, Changeset)],
    is_selected: impl Fn(&Change) -> bool,
    terminal: &Terminal,
) -> Result<BTreeSet<(u32, VirtualPath)>, Failure> {
    if !terminal.attended {
        let help = "name what is to be made with --only, or leave --interactive out";
        return Err(Failure::usage_with("--interactive needs a terminal", help));
    }
    let prompt =
        Prompt { choice: "Make it?  [y]es   [N]o   [a]ll   [q]uit ", known: "y, n, a or q" };
    let (mut chosen, mut everything) = (BTreeSet::new(), false);
    for (cell, changes) in all {
        for (change, file) in changes.changes().iter().zip(diff_one(changes)) {
            if !is_selected(change) {
                continue;
            }
            if !everything {
                show_diff(&file, terminal, &mut |line| terminal.result(line))?;
                let answer = prompt.ask(
                    terminal,
                    || true,
                    Choice::No,
                    |word| match word {
                        "y" | "yes" => Some(Choice::Yes),
                        "a" | "all" => Some(Choice::All),
                        "q" | "quit" => Some(Choice::Quit),
                        _ => None,
                    },
                );
                match answer {
                    Choice::Yes => {}
                    Choice::No => continue,
                    Choice::All => everything = true,
                    Choice::Quit => return Ok(chosen),
                }
            }
            chosen.insert((*cell, change.path.clone()));
        }
    }
    Ok(chosen)
}

#[derive(Clone, Copy)]
enum Choice {
    Yes,
    No,
    All,
    Quit,
}

pub(crate) fn discard(args: &DiscardArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let run = State::open()?.find(args.run.run.as_deref())?;
    let name = run.name();
    match journal_waits(&run.journal()) {
        Ok(false) => {}
        Err(JournalError::InUse { path }) => return Err(JournalError::InUse { path }.into()),
        // What cannot be read may go as well.
        Ok(true) | Err(_) if args.force => {}
        Ok(true) => {
            let message = format!("applying the changes of {name} was cut off");
            let help = format!(
                "`aether apply --resume {name}` finishes it; `aether discard --force {name}` leaves it as it is"
            );
            return Err(Failure::usage_with(message, help));
        }
        Err(error) => {
            let message = format!(
                "whether applying the changes of {name} was cut off cannot be told: {}",
                with_source(&error)
            );
            let help = format!("`aether discard --force {name}` leaves what was made as it is");
            return Err(Failure::usage_with(message, help));
        }
    }
    // Changes that are damaged can go all the same: they may be what fills the state folder.
    let loaded = run.load_changes();
    run.drop_changes()?;
    match loaded {
        Ok(all) => {
            let count: usize = all.iter().map(|(_, one)| one.changes().len()).sum();
            terminal.say(format_args!("Dropped {count} change(s) of {}.", run.name()));
        }
        Err(problem) => {
            terminal.say(format_args!("Dropped the changes of {}.", run.name()));
            terminal.warn(format_args!("they could not be read: {problem}"));
        }
    }
    Ok(ExitCode::Done)
}

/// What became of all changes of a run, cell by cell.
pub(crate) struct Applied {
    cells: Vec<(u32, Changeset, ApplyReport)>,
    /// Why it stopped before the last cell: what cannot be recorded does not happen.
    pub(crate) problem: Option<Failure>,
}

/// Makes the selected changes under a journal, each recorded before and after.
pub(crate) fn apply_all(
    log: &Log,
    all: Vec<(u32, Changeset)>,
    select: impl Fn(u32, &Change) -> bool,
    how: Atomicity,
    journal: &Path,
) -> Applied {
    let mut applied = Applied { cells: Vec::new(), problem: None };
    for (cell, changes) in &all {
        if let Err(error) = record_intent(log, *cell, changes, |change| select(*cell, change)) {
            applied.problem = Some(error.into());
            return applied;
        }
    }
    let sets: Vec<&Changeset> = all.iter().map(|(_, changes)| changes).collect();
    let select = |place: usize, change: &Change| select(all[place].0, change);
    match apply_journalled(&sets, select, how, journal) {
        Ok(reports) => applied.take(log, all, reports),
        Err(error) => applied.problem = Some(error.into()),
    }
    applied
}

fn record_intent(
    log: &Log,
    cell: u32,
    changes: &Changeset,
    select: impl Fn(&Change) -> bool,
) -> Result<(), LogError> {
    for change in changes.changes().iter().filter(|change| select(change)) {
        let host = change.host.display().to_string();
        let event = Event::new(Kind::Apply, "apply", Verdict::Noted).cell(cell);
        log.record(&event.object(&host))?;
    }
    log.flush()
}

fn record_outcome(log: &Log, cell: u32, report: &ApplyReport) -> Result<(), LogError> {
    for one in &report.changes {
        let verdict = match one.outcome {
            Outcome::Applied | Outcome::AlreadyThere => Verdict::Allowed,
            Outcome::Skipped => Verdict::Noted,
            _ => Verdict::Failed,
        };
        let outcome = word(&one.outcome);
        let event = Event::new(Kind::Apply, "applied", verdict).cell(cell);
        let event = event.object(one.path.as_str());
        log.record(&event.detail("outcome", outcome.as_str()))?;
    }
    Ok(())
}

impl Applied {
    /// What became of the changes of each cell. Made is made, whether or not it can be recorded.
    fn take(&mut self, log: &Log, all: Vec<(u32, Changeset)>, reports: Vec<ApplyReport>) {
        for ((cell, changes), report) in all.into_iter().zip(reports) {
            if let Err(error) = record_outcome(log, cell, &report) {
                self.problem.get_or_insert(error.into());
            }
            self.cells.push((cell, changes, report));
        }
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.problem.is_none() && self.reports().all(ApplyReport::is_complete)
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.reports().all(|report| report.changes.iter().all(|one| is_made(&one.outcome)))
    }

    fn reports(&self) -> impl Iterator<Item = &ApplyReport> {
        self.cells.iter().map(|(_, _, report)| report)
    }

    /// Says in a run's record which changes were made. A change is known by its cell and its place
    /// among that cell's: another cell may change the same path.
    pub(crate) fn mark(&self, record: &mut RunRecord) {
        for (cell, _, report) in &self.cells {
            let Some(cell) = record.cells.iter_mut().find(|known| known.id == *cell) else {
                continue;
            };
            for (change, one) in cell.changes.iter_mut().zip(&report.changes) {
                change.applied = change.path == one.path.as_str() && is_made(&one.outcome);
            }
        }
    }

    /// What became of each change, where on this machine, and what to do about those that wait.
    pub(crate) fn show(&self, terminal: &Terminal, run: &RunFolder) {
        for (_, changes, report) in &self.cells {
            for (one, change) in report.changes.iter().zip(changes.changes()) {
                let ink = match one.outcome {
                    Outcome::Applied | Outcome::AlreadyThere => Ink::Green,
                    Outcome::Skipped => Ink::Dim,
                    _ => Ink::Red,
                };
                let word = terminal.ink(ink, printable(&word(&one.outcome)));
                let host = change.host.display().to_string();
                let host = terminal.ink(Ink::Dim, format_args!("({})", printable(&host)));
                let from = origin(&one.kind);
                let path = printable(one.path.as_str());
                terminal.say(format_args!("{word}  {path}{from}  {host}"));
            }
        }
        for problem in self.reports().filter_map(|report| report.not_durable.as_ref()) {
            terminal.warn(format_args!("the changes may not survive a power cut: {problem}"));
        }
        let waits = |outcome: &Outcome| !is_made(outcome) && *outcome != Outcome::Skipped;
        let waiting: usize = self.reports().map(|report| report.with(waits).count()).sum();
        if waiting > 0 {
            let name = run.name();
            terminal.say(format_args!(
                "{waiting} change(s) could not be made and wait: `aether diff {name}` shows them, \
                 `aether apply {name}` tries again, `aether discard {name}` drops them."
            ));
        }
    }
}

const fn is_made(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Applied | Outcome::AlreadyThere)
}

/// Where something that is moved comes from, or a symlink leads.
fn origin(kind: &ChangeKind) -> String {
    match kind {
        ChangeKind::Renamed { from, .. } => format!(" from {}", printable(from.as_str())),
        ChangeKind::LinkAdded { target } => format!(" to {}", printable(target)),
        _ => String::new(),
    }
}

fn word(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::AlreadyThere => "already there".to_owned(),
        Outcome::Skipped => "not selected".to_owned(),
        Outcome::Conflict(conflict) => format!("conflict: {conflict}"),
        Outcome::Blocked(path) => format!("waits for {path}"),
        Outcome::Failed(problem) => format!("failed: {problem}"),
    }
}

fn show_diff(
    file: &FileDiff,
    terminal: &Terminal,
    out: &mut dyn FnMut(String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let what = match &file.kind {
        ChangeKind::Added if file.executable => "new executable file",
        ChangeKind::Added => "new file",
        ChangeKind::Modified if !file.executable_changes => "changed",
        ChangeKind::Modified if file.executable => "changed, executable now",
        ChangeKind::Modified => "changed, no longer executable",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Renamed { .. } => "moved",
        ChangeKind::FolderAdded => "new folder",
        ChangeKind::FolderRemoved => "removed folder",
        ChangeKind::LinkAdded { .. } => "new symlink",
        ChangeKind::ModeChanged if !file.executable_changes => "other permissions",
        ChangeKind::ModeChanged if file.executable => "executable now",
        ChangeKind::ModeChanged => "no longer executable",
        ChangeKind::TimeChanged => "another time of modification",
    };
    let stale = match (file.stale, file.already_there) {
        (_, true) => " (already there)",
        (true, false) => " (conflict: the host's file has changed since)",
        (false, false) => "",
    };
    let path = printable(file.path.as_str());
    let from = origin(&file.kind);
    out(paint(terminal, Ink::Bold, &format!("{path}: {what}{from}{stale}")))?;
    for flag in flags(file) {
        out(paint(terminal, Ink::Yellow, &format!("  ! {flag}")))?;
    }
    match &file.body {
        DiffBody::Text(text) => {
            // Not `lines`: what a line ends in is part of the difference.
            for line in text.trim_end_matches('\n').split('\n') {
                let safe = line.split('\t').map(printable).collect::<Vec<_>>().join("\t");
                let ink = match line.as_bytes().first() {
                    Some(b'+') => Some(Ink::Green),
                    Some(b'-') => Some(Ink::Red),
                    Some(b'@') => Some(Ink::Dim),
                    _ => None,
                };
                out(ink.map_or(safe.clone(), |ink| paint(terminal, ink, &safe)))?;
            }
        }
        DiffBody::Binary { before, after } => out(sizes("binary", *before, *after))?,
        DiffBody::TooLarge { before, after } => out(sizes("too long to show", *before, *after))?,
        DiffBody::Unreadable(problem) => {
            let problem = problem.to_string();
            let problem = printable(&problem);
            out(format!("  the host's file cannot be read: {problem}"))?;
        }
        DiffBody::Same => {}
    }
    Ok(())
}

/// What is worth a second look.
fn flags(file: &FileDiff) -> Vec<String> {
    let mut flags = Vec::new();
    let is_new = matches!(file.kind, ChangeKind::Added);
    if file.executable && !is_new && !file.executable_changes {
        flags.push("can be executed".to_owned());
    }
    if file.dotfile {
        flags.push("a name that begins with a dot: lists do not show it".to_owned());
    }
    if file.symlink {
        flags.push("a symlink".to_owned());
    }
    if file.retargeted {
        flags.push("leads elsewhere from its new place".to_owned());
    }
    flags.extend(file.mode.map(|mode| format!("permissions {mode}")));
    let date = |ms| jiff::Timestamp::from_millisecond(ms).ok();
    let modified = file.modified.and_then(date);
    flags.extend(modified.map(|at| format!("last modified {at:.0}, says the plugin")));
    if file.links > 0 {
        flags.push(format!("{} other name(s) of the file would keep what it was", file.links));
    }
    // In the plugin's tree and on this machine: either can be what matters.
    let places = [file.path.as_str().to_owned(), file.host.display().to_string()];
    let place = places.iter().find_map(|path| sensitive::reached_by(path));
    flags.extend(place.map(|place| format!("sensitive: {}", place.name)));
    flags
}

/// The diff is a result, on standard output, so its colour depends on that.
fn paint(terminal: &Terminal, ink: Ink, text: &str) -> String {
    if terminal.result_is_read { terminal.ink(ink, text) } else { text.to_owned() }
}

fn sizes(what: &str, before: Option<u64>, after: Option<u64>) -> String {
    let size = |bytes: Option<u64>| {
        bytes.map_or_else(|| "nothing".to_owned(), |bytes| format!("{bytes} bytes"))
    };
    format!("  {what}: {} → {}", size(before), size(after))
}
