//! The end of a run: its log closed, its record and reports written, its changes kept or made.

use std::fs;
use std::path::{Path, PathBuf};

use aether::report::{Edge, RunRecord, html, json, sarif, text};
use aether::{ExitCode, Host};

use crate::args::LaunchArgs;
use crate::commands::changes;
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
}

/// Closes the run and tells what there is to know. Gives the record and the final code: making
/// changes may fail too.
pub(crate) fn finish(
    host: &Host,
    folder: &RunFolder,
    state: &State,
    args: &LaunchArgs,
    apply: bool,
    finished: Finished,
    terminal: &Terminal,
) -> Result<(RunRecord, ExitCode), Failure> {
    let Finished { name, mut code, text: sentence, edges } = finished;
    let waiting: Vec<_> =
        host.changes().into_iter().filter(|(_, changes)| !changes.is_empty()).collect();
    for (cell, changes) in &waiting {
        host.record_changes(*cell, changes)?;
    }
    folder.save_changes(&waiting)?;
    let mut applied = None;
    if apply && code == ExitCode::Done && !waiting.is_empty() {
        let all: Vec<_> = waiting.iter().map(|(_, changes)| changes.clone()).collect();
        let report = changes::apply_all(host.log(), &all, |_| true)?;
        if !report.is_complete() {
            code = ExitCode::PluginError;
        }
        applied = Some(report);
    }
    host.finish(code)?;
    consent::add(&state.consents_file(), &host.consents_given())?;
    let mut record = host.record(&name, code, &sentence, edges);
    if let Some(report) = &applied {
        report.mark(&mut record);
        if report.is_complete() {
            folder.drop_changes()?;
        }
    }
    folder.save_record(&record)?;
    let reports = args
        .inspect_security
        .as_deref()
        .map(|into| write_reports(into, &record, folder))
        .transpose()?;
    terminal.say(text(&record, terminal.width, terminal.colour).trim_end());
    if let Some(report) = &applied {
        report.show(terminal);
    } else if !waiting.is_empty() {
        let command = terminal.ink(Ink::Bold, format_args!("aether apply {}", folder.name()));
        terminal.say(format_args!("Nothing on disk has changed. To make the changes: {command}"));
    }
    if let Some(report) = reports {
        terminal
            .say(format_args!("Security report: {}", terminal.ink(Ink::Bold, report.display())));
    }
    Ok((record, code))
}

/// Writes the four files, replacing older ones.
fn write_reports(into: &Path, record: &RunRecord, folder: &RunFolder) -> Result<PathBuf, Failure> {
    fs::create_dir_all(into).map_err(Failure::io(into))?;
    let page = into.join("report.html");
    for (path, content) in [
        (page.clone(), html(record)),
        (into.join("report.json"), json(record)),
        (into.join("violations.sarif"), sarif(record)),
    ] {
        fs::write(&path, content).map_err(Failure::io(path))?;
    }
    let log = into.join("audit.jsonl");
    fs::copy(folder.audit(), &log).map_err(Failure::io(log))?;
    Ok(page)
}
