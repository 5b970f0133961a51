//! `aether report`

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
        Source::Record(path) => read(&path)?,
        Source::Log { path, name } => {
            let name = printable(&name).into_owned();
            terminal.warn(format_args!("{name} has no record: its audit log is read instead"));
            cut_off::record(&path, &name).map_err(|error| {
                Failure::usage_with(format!("{}: {error}", path.display()), HELP)
            })?
        }
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
    Record(PathBuf),
    /// The audit log of a run that left no record: it was killed, or goes on.
    Log {
        path: PathBuf,
        name: String,
    },
}

/// What is meant.
fn source(named: &Path) -> Result<Source, Failure> {
    if named.is_file() {
        let is_log = named.extension().is_some_and(|kind| kind == "jsonl");
        return Ok(match is_log {
            true => Source::log(named.to_owned(), named),
            false => Source::Record(named.to_owned()),
        });
    }
    let folder = match named.is_dir() {
        true => named.to_owned(),
        false => State::open()?.named(&named.to_string_lossy())?.path,
    };
    let inside = |names: &[&str]| {
        names.iter().map(|name| folder.join(name)).find(|path: &PathBuf| path.is_file())
    };
    if let Some(record) = inside(&[RECORD, "record.json"]) {
        return Ok(Source::Record(record));
    }
    let log = inside(&[LOG]).map(|path| Source::log(path, &folder));
    log.ok_or_else(|| {
        Failure::usage_with(format!("{}: no record of a run is in it", folder.display()), HELP)
    })
}

impl Source {
    fn log(path: PathBuf, named: &Path) -> Self {
        let name = named.file_name().unwrap_or(named.as_os_str()).to_string_lossy().into_owned();
        Self::Log { path, name }
    }
}

fn read(path: &Path) -> Result<RunRecord, Failure> {
    let written = read_record(path).map_err(Failure::io_with(path, HELP))?;
    parse(&written)
        .map_err(|error| Failure::usage_with(format!("{}: {error}", path.display()), HELP))
}
