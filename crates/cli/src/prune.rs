//! Old runs go, so that the state folder does not grow for ever.

use std::fs;
use std::path::Path;

use crate::show::terminal::Terminal;
use crate::state::{RunFolder, State};

/// Runs that are kept, and of those whose changes wait, beside them.
const RUNS_KEPT: usize = 50;

/// Bytes that all runs together may take (1 GiB): plugins choose how much they write and log.
const BYTES_KEPT: u64 = 1 << 30;

/// Removes what is too old or too much, the oldest first. Says so where changes are lost.
pub(crate) fn prune(state: &State, terminal: &Terminal) {
    let mut runs = state.runs();
    runs.retain(|run| !run.may_be_running());
    let beyond = runs.len().saturating_sub(RUNS_KEPT);
    let waiting = runs.iter().filter(|run| run.has_changes()).count();
    let mut too_many_wait = waiting.saturating_sub(RUNS_KEPT);
    let mut index = 0;
    runs.retain(|run| {
        index += 1;
        let goes = if run.has_changes() {
            let goes = too_many_wait > 0;
            too_many_wait = too_many_wait.saturating_sub(1);
            goes
        } else {
            index <= beyond
        };
        if goes {
            remove(run, &format!("at most {RUNS_KEPT} runs wait"), terminal);
        }
        !goes
    });
    let sizes: Vec<u64> = runs.iter().map(|run| size(&run.path)).collect();
    let mut total: u64 = sizes.iter().sum();
    // The newest stays, whatever it takes.
    for (run, size) in runs.iter().zip(sizes).take(runs.len().saturating_sub(1)) {
        if total <= BYTES_KEPT {
            break;
        }
        total -= size;
        remove(run, &format!("at most {} MB of runs are kept", BYTES_KEPT >> 20), terminal);
    }
}

fn remove(run: &RunFolder, why: &str, terminal: &Terminal) {
    let (lost, line) = (run.has_changes(), run.line());
    // Kept for another time if it cannot be removed.
    if fs::remove_dir_all(&run.path).is_ok() && lost {
        terminal.warn(format_args!("the changes of an old run were dropped: {line}: {why}"));
    }
}

/// Bytes of all files below a folder; no link is followed.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let of = |entry: fs::DirEntry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    };
    entries.map(of).sum()
}
