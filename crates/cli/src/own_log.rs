//! The logs of commands that change something without a host: each a chain as a run's, with checkpoints
//! where those of runs are.

use std::path::{Path, PathBuf};

use aether::audit::{CheckpointSink, End, Log, LogOptions, RunId, Signer, Start, Verdict};
use aether::{ExitCode, KEY_NAME, VERSION};

use crate::failure::Failure;
use crate::show::terminal::Terminal;
use crate::state::{RunFolder, State};

/// The name of the list of all runs in which something was given back to plugins.
const RESTORED: &str = "restored";

/// The name of the file beside a run's log that says what was applied of it.
const APPLIED: &str = "apply.jsonl";

/// The log of what becomes of a run's changes.
pub(crate) fn of_changes(state: &State, run: &RunFolder) -> Result<Log, Failure> {
    open(state, &run.path.join(APPLIED), &applied(&run.name()))
}

/// The log of what a person gives back to plugins.
pub(crate) fn of_restoring(state: &State) -> Result<Log, Failure> {
    let path = state.restored_log();
    if let Some(folder) = path.parent() {
        crate::state::make_private(folder).map_err(Failure::io(folder))?;
    }
    open(state, &path, RESTORED)
}

fn open(state: &State, path: &Path, name: &str) -> Result<Log, Failure> {
    let platform = aether::platform();
    let start = Start { aether: VERSION, platform: &platform, ..Start::default() };
    let run = RunId::random().map_err(|error| Failure::usage(error.to_string()))?;
    let signer = Signer::open_or_create(KEY_NAME, &state.key_file())
        .map_err(|error| Failure::usage(error.to_string()))?;
    let sink = CheckpointSink::new(state.checkpoints_folder(), signer).log_name(name);
    Ok(LogOptions::default().checkpoints(sink).create_or_append(path, run, &start)?)
}

/// Ends a log. A checkpoint that could not be kept undoes nothing, and is told.
pub(crate) fn end(log: &Log, code: ExitCode, terminal: &Terminal) -> Result<(), Failure> {
    log.end(&End { outcome: code.meaning(), exit_code: code.number(), verdict: Verdict::Noted })?;
    if let Some(error) = log.checkpoint_error() {
        terminal.warn(format_args!("the audit log has no checkpoint of its end: {error}"));
    }
    Ok(())
}

/// The runs that a log of these must have, whatever it says itself: none if it is another log.
pub(crate) fn runs_of(state: &State, file: &Path) -> Result<Vec<RunId>, Failure> {
    let folder = state.checkpoints_folder();
    let Some(name) = name_of(state, file) else { return Ok(Vec::new()) };
    CheckpointSink::runs_of(&folder, &name).map_err(Failure::io(folder))
}

fn name_of(state: &State, file: &Path) -> Option<String> {
    // The log itself may be gone.
    let real = |path: &Path| -> Option<PathBuf> {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        let folder = folder.unwrap_or(Path::new(".")).canonicalize().ok()?;
        Some(folder.join(path.file_name()?))
    };
    let file = real(file)?;
    if real(&state.restored_log()).is_some_and(|log| log == file) {
        return Some(RESTORED.to_owned());
    }
    let run = file.parent().filter(|_| file.ends_with(APPLIED))?;
    let is_kept = state.runs_folder().canonicalize().is_ok_and(|runs| run.parent() == Some(&runs));
    run.file_name().filter(|_| is_kept).map(|name| applied(&name.to_string_lossy()))
}

fn applied(run: &str) -> String {
    format!("apply-{run}")
}
