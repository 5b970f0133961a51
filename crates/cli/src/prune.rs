//! Old runs go, so that the state folder does not grow for ever. Those whose changes wait never do:
//! where they take up all the room, no other run begins.

use std::fs;
use std::path::Path;

use crate::failure::Failure;
use crate::state::{RunFolder, State};

/// Runs that are kept beside those whose changes wait.
const RUNS_KEPT: usize = 50;

/// Runs whose changes may wait: each start looks at all of them.
const RUNS_WAITING: usize = 1000;

/// Bytes that all runs together may take (1 GiB): plugins choose how much they write and log.
const BYTES_KEPT: u64 = 1 << 30;

/// Most runs that an error names.
const RUNS_NAMED: usize = 5;

/// Removes what is too old or too much, the oldest first.
///
/// # Errors
/// When there is no room without dropping changes that wait: that is for a person to do.
pub(crate) fn make_room(state: &State) -> Result<(), Failure> {
    let mut runs = state.runs();
    runs.retain(|run| !run.may_be_running());
    runs.iter().for_each(RunFolder::tidy);
    let sized = runs.into_iter().map(|run| (size(&run.path), run));
    let (waiting, mut over): (Vec<_>, Vec<_>) = sized.partition(|(_, run)| run.has_changes());
    let held: u64 = waiting.iter().map(|(size, _)| size).sum();
    if held > BYTES_KEPT || waiting.len() > RUNS_WAITING {
        return Err(full(state, held, waiting));
    }
    for (_, run) in over.drain(..over.len().saturating_sub(RUNS_KEPT)) {
        run.forget();
    }
    let mut total = held + over.iter().map(|(size, _)| size).sum::<u64>();
    // The newest stays, whatever it takes.
    over.pop();
    for (size, run) in over {
        if total <= BYTES_KEPT {
            break;
        }
        total -= size;
        run.forget();
    }
    Ok(())
}

fn full(state: &State, held: u64, mut waiting: Vec<(u64, RunFolder)>) -> Failure {
    let message = format!(
        "nothing more is run: {} run(s) whose changes wait take {} MB in {}; at most {} MB and \
         {RUNS_WAITING} runs may wait",
        waiting.len(),
        held >> 20,
        state.runs_folder().display(),
        BYTES_KEPT >> 20,
    );
    waiting.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let line = |(size, run): &(u64, RunFolder)| format!("{}, {} MB", run.line(), size >> 20);
    Failure::Choose {
        message,
        candidates: waiting.iter().take(RUNS_NAMED).map(line).collect(),
        help: "`aether apply RUN` makes a run's changes, `aether discard RUN` drops them",
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
