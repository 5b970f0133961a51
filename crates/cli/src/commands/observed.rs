//! What the log of a run tells of its plugins.

use std::collections::BTreeMap;

use aether::audit::{Kind, ReadError, Record, Records, Segments, read};
use aether::learn::Observations;
use aether::source::printable;

use crate::failure::Failure;
use crate::show::terminal::Terminal;
use crate::state::RunFolder;

/// What these plugins were seen to do in a run. Of one that was stopped that is less than they do,
/// which is said.
pub(crate) fn observed<'p>(
    folder: &RunFolder,
    plugins: impl IntoIterator<Item = &'p str>,
    terminal: &Terminal,
) -> Result<BTreeMap<String, Observations>, Failure> {
    let path = folder.audit();
    let place = path.display();
    let unusable = |error: ReadError| {
        let help = format!("`aether audit verify {place}` says what is wrong with it");
        Failure::usage_with(format!("{place}: {error}"), help)
    };
    let records = read(&path).map_err(|error| match error {
        // It names the file itself.
        ReadError::Open { .. } => Failure::usage(error.to_string()),
        other => unusable(other),
    })?;
    let mut log = Log { records, is_ended: false, problem: None };
    let found = Observations::of_each(&mut log, plugins);
    let why = match log.problem {
        Some(ReadError::CutOff { line }) => format!("line {line} is cut off"),
        Some(problem) => return Err(unusable(problem)),
        None if log.is_ended => return Ok(found),
        None => "it has no end".to_owned(),
    };
    terminal.warn(format_args!(
        "{}: {why}: the run was stopped, or goes on. What stands there is used",
        printable(&place.to_string())
    ));
    Ok(found)
}

/// The records of a log, up to the first thing that is none.
struct Log {
    records: Records<Segments>,
    /// Whether the run that was read last has its end.
    is_ended: bool,
    problem: Option<ReadError>,
}

impl Iterator for Log {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        if self.problem.is_some() {
            return None;
        }
        let record = self.records.next()?;
        match record.as_ref().map(|record| record.kind) {
            Ok(Kind::RunStart) => self.is_ended = false,
            Ok(Kind::RunEnd) => self.is_ended = true,
            _ => {}
        }
        record.map_err(|problem| self.problem = Some(problem)).ok()
    }
}
