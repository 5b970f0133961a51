//! `aether report`

use std::fs;
use std::path::{Path, PathBuf};

use aether::ExitCode;
use aether::report::{RunRecord, html, json, mermaid, parse, sarif, text, trace};

use super::reports::{FINDINGS, PAGE, RECORD};
use crate::args::{ReportArgs, ReportForm};
use crate::failure::Failure;
use crate::files::replace_file;
use crate::show::terminal::Terminal;
use crate::state::{State, read_record};

const HELP: &str =
    "name a run, a folder of --inspect-security, or a report.json: `aether report DIR`";

/// The files of all forms.
const ALL: [(&str, ReportForm); 3] =
    [(PAGE, ReportForm::Html), (RECORD, ReportForm::Json), (FINDINGS, ReportForm::Sarif)];

pub(crate) fn report(args: &ReportArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let record = read(&record_of(&args.run)?)?;
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

/// The file with the record that is meant.
fn record_of(named: &Path) -> Result<PathBuf, Failure> {
    if named.is_file() {
        return Ok(named.to_owned());
    }
    if named.is_dir() {
        let inside = ["report.json", "record.json"].map(|name| named.join(name));
        let found = inside.into_iter().find(|path| path.is_file());
        return found.ok_or_else(|| {
            Failure::usage_with(format!("{}: no record of a run is in it", named.display()), HELP)
        });
    }
    let name = named.to_string_lossy();
    Ok(State::open()?.named(&name)?.record_file())
}

fn read(path: &Path) -> Result<RunRecord, Failure> {
    let written = read_record(path).map_err(Failure::io_with(path, HELP))?;
    parse(&written)
        .map_err(|error| Failure::usage_with(format!("{}: {error}", path.display()), HELP))
}
