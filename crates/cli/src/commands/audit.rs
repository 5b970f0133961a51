//! `aether audit`

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use aether::ExitCode;
use aether::audit::{ChainVerdict, Kind, Record, read, verify};
use aether::source::{did_you_mean, printable, quoted};

use crate::args::{AuditArgs, AuditCommand};
use crate::failure::Failure;
use crate::show::terminal::{Ink, Terminal};

const HELP: &str =
    "a log is `audit.jsonl` in the folder of --inspect-security, or in the run's own folder";

pub(crate) fn audit(args: &AuditArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    match &args.command {
        AuditCommand::Verify { file } => verify_file(file, terminal),
        AuditCommand::Show { file, plugin, kind } => {
            show(file, plugin.as_deref(), kind.as_deref(), terminal)
        }
    }
}

fn verify_file(file: &Path, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let log = File::open(file).map_err(Failure::io_with(file, HELP))?;
    let found = verify(BufReader::new(log)).map_err(Failure::io(file))?;
    let (ink, code) = match found.verdict {
        ChainVerdict::Valid => (Ink::Green, ExitCode::Done),
        ChainVerdict::Unclean { .. } => (Ink::Yellow, ExitCode::Integrity),
        _ => (Ink::Red, ExitCode::Integrity),
    };
    let word = terminal.ink(ink, found.verdict.as_str());
    terminal.say(format_args!("{word}: {}", printable(&found.sentence())));
    Ok(code)
}

fn show(
    file: &Path,
    plugin: Option<&str>,
    kind: Option<&str>,
    terminal: &Terminal,
) -> Result<ExitCode, Failure> {
    let records = read(file).map_err(|error| Failure::usage_with(error.to_string(), HELP))?;
    if let Some(kind) = kind
        && Kind::ALL.iter().all(|known| known.as_str() != kind)
    {
        let names: Vec<&str> = Kind::ALL.iter().map(|known| known.as_str()).collect();
        let near = did_you_mean(kind, names.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
        let help = format!("{near}there are {}", names.join(", "));
        return Err(Failure::usage_with(
            format!("no record is of the kind {}", quoted(kind)),
            help,
        ));
    }
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                terminal.error(printable(&error.to_string()), None);
                return Ok(ExitCode::Integrity);
            }
        };
        let of_plugin = plugin.is_none_or(|plugin| record.plugin.as_deref() == Some(plugin));
        if of_plugin && kind.is_none_or(|kind| record.kind.as_str() == kind) {
            terminal.result(line(&record))?;
        }
    }
    Ok(ExitCode::Done)
}

/// One record in one line.
fn line(record: &Record) -> String {
    let who = match (&record.plugin, record.cell) {
        (Some(plugin), Some(cell)) => format!("{}#{cell}", printable(plugin)),
        (Some(plugin), None) => printable(plugin).into_owned(),
        _ => "-".to_owned(),
    };
    let object = record
        .object
        .as_deref()
        .map_or_else(String::new, |object| format!("  {}", printable(object)));
    let rule =
        record.rule.as_deref().map_or_else(String::new, |rule| format!("  [{}]", printable(rule)));
    format!(
        "{} {:>6} {:<10} {:<9} {:<20} {}{object}{rule}",
        printable(&record.time),
        record.seq,
        record.kind.as_str(),
        record.verdict.as_str(),
        who,
        printable(&record.action),
    )
}
