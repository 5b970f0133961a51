//! `aether report`

mod again;
mod cut_off;

use std::fs;
use std::path::{Path, PathBuf};

use aether::ExitCode;
use aether::report::{RunRecord, html, json, mermaid, parse, sarif, text, trace};
use aether::source::printable;

use super::reports::{FINDINGS, LOG, PAGE, RECORD};
use crate::args::{ReportArgs, ReportForm};
use crate::failure::Failure;
use crate::files::replace_file;
use crate::show::terminal::Terminal;
use crate::state::{State, read_record};

const HELP: &str = "name a run, a folder of --inspect-security, a report.json or an audit log: `aether report DIR`";

/// The files of all forms.
const ALL: [(&str, ReportForm); 3] =
    [(PAGE, ReportForm::Html), (RECORD, ReportForm::Json), (FINDINGS, ReportForm::Sarif)];

pub(crate) fn report(args: &ReportArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let record = match source(&args.run)? {
        Source::Record { path, log } => match (read(&path), log) {
            (Ok(record), _) => again::verified(record, &path, terminal),
            (Err(_), Some(log)) => log.read("has no whole record", terminal)?,
            (Err(error), None) => return Err(error),
        },
        Source::Log(log) => log.read("has no record", terminal)?,
    };
    match (args.form, &args.output) {
        (ReportForm::All, output) => {
            let into = output.clone().unwrap_or_else(|| PathBuf::from("aether-report"));
            fs::create_dir_all(&into).map_err(Failure::io_with(&into, HELP))?;
            for (name, form) in ALL {
                replace_file(&into.join(name), made(&record, form, terminal).as_bytes())?;
            }
            terminal.say(format_args!("Wrote {}", into.join(ALL[0].0).display()));
        }
        (form, Some(path)) => replace_file(path, made(&record, form, terminal).as_bytes())?,
        (form, None) => terminal.result(made(&record, form, terminal).trim_end())?,
    }
    Ok(ExitCode::Done)
}

fn made(record: &RunRecord, form: ReportForm, terminal: &Terminal) -> String {
    match form {
        ReportForm::All | ReportForm::Html => html(record),
        ReportForm::Json => json(record),
        ReportForm::Sarif => sarif(record),
        ReportForm::Text => {
            text(record, terminal.width, terminal.colour && terminal.result_is_read)
        }
        ReportForm::Mermaid => mermaid(record),
        ReportForm::Trace => trace(record),
    }
}

/// From what a report is made.
enum Source {
    Record {
        path: PathBuf,
        /// What is read where a host was stopped while it wrote the record.
        log: Option<LogOf>,
    },
    /// That of a run that left no record: it was killed, or goes on.
    Log(LogOf),
}

/// The audit log of a run.
struct LogOf {
    path: PathBuf,
    name: String,
}

/// What is meant.
fn source(named: &Path) -> Result<Source, Failure> {
    if named.is_file() {
        let is_log = named.extension().is_some_and(|kind| kind == "jsonl");
        return Ok(match is_log {
            true => Source::Log(LogOf::new(named.to_owned(), named)),
            false => Source::Record { path: named.to_owned(), log: None },
        });
    }
    let folder = match named.is_dir() {
        true => named.to_owned(),
        false => State::open()?.named(&named.to_string_lossy())?.path,
    };
    let inside = |names: &[&str]| {
        names.iter().map(|name| folder.join(name)).find(|path: &PathBuf| path.is_file())
    };
    let log = inside(&[LOG]).map(|path| LogOf::new(path, &folder));
    match (inside(&[RECORD, "record.json"]), log) {
        (Some(path), log) => Ok(Source::Record { path, log }),
        (None, Some(log)) => Ok(Source::Log(log)),
        (None, None) => {
            let message = format!("{}: no record of a run is in it", folder.display());
            Err(Failure::usage_with(message, HELP))
        }
    }
}

impl LogOf {
    fn new(path: PathBuf, named: &Path) -> Self {
        let name = named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned();
        Self { path, name }
    }

    /// The record that can be made from it, and `why` it is.
    fn read(&self, why: &str, terminal: &Terminal) -> Result<RunRecord, Failure> {
        let name = printable(&self.name);
        terminal.warn(format_args!("{name} {why}: its audit log is read instead"));
        cut_off::record(&self.path, &name)
            .map_err(|error| Failure::usage_with(format!("{}: {error}", self.path.display()), HELP))
    }
}

fn read(path: &Path) -> Result<RunRecord, Failure> {
    let written = read_record(path).map_err(Failure::io_with(path, HELP))?;
    parse(&written)
        .map_err(|error| Failure::usage_with(format!("{}: {error}", path.display()), HELP))
}
