//! The end of a run: its changes kept or made, its log closed, its record and reports written.

use aether::overlay::{Atomicity, Change};
use aether::report::{ChangeRecord, Edge, ExitKind, RunRecord, text};
use aether::{ExitCode, Host};

use crate::args::LaunchArgs;
use crate::commands::{changes, reports};
use crate::consent;
use crate::failure::Failure;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{RunFolder, State};

/// What a run came to.
pub(crate) struct Finished {
    pub(crate) name: String,
    pub(crate) code: ExitCode,
    /// One sentence; empty when the code says it all.
    pub(crate) text: String,
    pub(crate) edges: Vec<Edge>,
    /// Reasons that the caller tells in detail: the summary leaves them out.
    pub(crate) told: Vec<String>,
    /// Nothing is said of a run of which there is nothing to say.
    pub(crate) quiet: bool,
    /// What was written is made as one, or not at all.
    pub(crate) transaction: bool,
}

impl Finished {
    /// What a call, a command or a server came to.
    pub(crate) fn of(name: String, code: ExitCode, text: String, told: Vec<String>) -> Self {
        Self { name, code, text, edges: Vec::new(), told, quiet: false, transaction: false }
    }
}

/// What is known of a run that is over.
pub(crate) struct Ended {
    pub(crate) record: RunRecord,
    /// The final code: making changes and writing records may fail too.
    pub(crate) code: ExitCode,
    /// What could not be written. Summary and result are told all the same.
    pub(crate) problems: Vec<Failure>,
}

impl Ended {
    /// Says what could not be written, after everything else, so that it is not overlooked.
    pub(crate) fn show_problems(&self, terminal: &Terminal) {
        self.problems.iter().for_each(|problem| terminal.failure(problem));
    }
}

/// Closes the run and tells what there is to know.
pub(crate) fn finish(
    host: &Host,
    folder: &RunFolder,
    state: &State,
    args: &LaunchArgs,
    apply: bool,
    finished: Finished,
    terminal: &Terminal,
) -> Ended {
    terminal.wait_for_prompt();
    let Finished { name, mut code, text: sentence, edges, told, quiet, transaction } = finished;
    let mut problems = Problems::default();
    let mut waiting = host.changes();
    waiting.retain(|(_, changes)| !changes.is_empty());
    let is_void = transaction && code != ExitCode::Done && !waiting.is_empty();
    if is_void {
        waiting.clear();
    }
    // Kept first: whatever fails after this loses none of them.
    let kept = problems.none(folder.save_changes(&waiting, transaction));
    for (cell, changes) in &waiting {
        problems.none(host.record_changes(*cell, changes).map_err(Failure::from));
    }
    let is_waiting = !waiting.is_empty();
    let (mut applied, mut is_made) = (None, false);
    let go_on = code == ExitCode::Done && !host.is_interrupted();
    // What is only learned from stays aside, whatever the policy has made otherwise.
    let learns = args.lesson.is_some();
    let commits = |cell: u32, change: &Change| !learns && (apply || host.commits(cell, change));
    let mut each = waiting
        .iter()
        .flat_map(|(cell, all)| all.changes().iter().map(move |change| (*cell, change)));
    // What is made together nobody has looked at, unless the policy names all of it.
    let is_due = match transaction {
        true => is_waiting && each.all(|(cell, change)| commits(cell, change)),
        false => each.any(|(cell, change)| commits(cell, change)),
    };
    if is_due && go_on && problems.is_empty() {
        let how = if transaction { Atomicity::All } else { Atomicity::Each };
        let mut report = changes::apply_all(host.log(), waiting, commits, how, &folder.journal());
        is_made = report.is_everything();
        match report.problem.take() {
            Some(problem) => drop(problems.none(Err(problem))),
            None if !report.is_complete() => code = ExitCode::PluginError,
            None => {}
        }
        applied = Some(report);
    }
    problems.none(host.finish(code).map_err(Failure::from));
    problems.none(consent::add(&state.consents_file(), &host.consents_given()));
    let mut record = host.record(&name, code, &sentence, edges);
    record.kept_as = Some(folder.name());
    if let Some(report) = &applied {
        report.mark(&mut record);
        if is_made {
            problems.none(folder.drop_changes());
        }
    }
    problems.none(folder.save_record(&record));
    let into = args.inspect_security.as_deref();
    let page = into.and_then(|into| problems.some(reports::write(into, &record, folder)));
    let summary = without(&record, &told);
    let has_findings = record.cells.iter().any(|cell| !cell.violations.is_empty());
    if !quiet || has_findings {
        terminal.say(text(&summary, terminal.width, terminal.colour).trim_end());
    } else if let Some(error) = host.log().checkpoint_error() {
        // The summary says so otherwise.
        terminal.warn(format_args!("the audit log has no checkpoint of its end: {error}"));
    }
    if let Some(report) = &applied {
        report.show(terminal, folder);
        if report.is_complete() && !report.is_everything() {
            let name = folder.name();
            terminal.say(format_args!(
                "What was not made waits: `aether diff {name}` shows it, `aether apply {name}` makes it."
            ));
        }
    } else if is_waiting && kept {
        if quiet && !has_findings {
            let count: usize = host.changes().iter().map(|(_, all)| all.changes().len()).sum();
            let changes = if count == 1 { "change waits" } else { "changes wait" };
            terminal.say(format_args!("{count} {changes}; to see: aether diff {}", folder.name()));
        }
        let command = terminal.ink(Ink::Bold, format_args!("aether apply {}", folder.name()));
        let beside = beside(&record);
        terminal.say(format_args!(
            "Nothing on disk has changed{beside}. To make the changes: {command}"
        ));
    } else if is_waiting {
        let beside = beside(&record);
        terminal.warn(format_args!(
            "nothing on disk has changed{beside}, and the changes could not be kept"
        ));
    }
    if is_void {
        terminal
            .say("The pipeline is a transaction and has failed: nothing that it wrote is kept.");
    }
    if let Some(page) = page {
        let page = page.display().to_string();
        let page = terminal.ink(Ink::Bold, aether::source::printable(&page));
        terminal.say(format_args!("Security report: {page}"));
    }
    let problems = problems.0;
    if code == ExitCode::Done
        && let Some(first) = problems.first()
    {
        code = first.code();
    }
    Ended { record, code, problems }
}

/// What went wrong on the way, without an end to the way.
#[derive(Default)]
struct Problems(Vec<Failure>);

impl Problems {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Notes a failure; whether there was none.
    fn none(&mut self, result: Result<(), Failure>) -> bool {
        self.some(result).is_some()
    }

    /// Notes a failure. A log that is broken fails every time: it is told once.
    fn some<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        let failure = match result {
            Ok(value) => return Some(value),
            Err(failure) => failure,
        };
        let audit = |one: &Failure| matches!(one, Failure::Audit(_));
        if !(audit(&failure) && self.0.iter().any(audit)) {
            self.0.push(failure);
        }
        None
    }
}

/// What may have changed on disk although changes wait: what the policy or tokens let a plugin write
/// at once.
fn beside(record: &RunRecord) -> &'static str {
    let mut tokens = record.cells.iter().flat_map(|cell| &cell.elevations);
    let mut changes = record.cells.iter().flat_map(|cell| &cell.changes);
    let is_direct =
        |change: &ChangeRecord| change.flags.iter().any(|flag| flag == ChangeRecord::AT_ONCE);
    match tokens.any(|token| token.issued && token.want.starts_with("host-write "))
        || changes.any(is_direct)
    {
        true => " beside the files that were written through",
        false => "",
    }
}

/// The record as the summary shows it: without what is told in detail elsewhere.
fn without(record: &RunRecord, told: &[String]) -> RunRecord {
    let mut record = record.clone();
    if told.is_empty() {
        return record;
    }
    record.outcome.text = String::new();
    for cell in &mut record.cells {
        if told.contains(&cell.exit.text) || cell.exit.kind == ExitKind::Refused {
            cell.exit.text = String::new();
        }
        cell.violations.retain(|violation| violation.rule != "request-beyond-policy");
    }
    record
}
