//! Where runs and consents are kept between commands.

use std::fs;
use std::path::{Path, PathBuf};

use aether::overlay::Changeset;
use aether::report::RunRecord;

use crate::failure::Failure;

/// Runs that are kept; older ones without pending changes are removed when a new one begins.
const RUNS_KEPT: usize = 50;

/// The state folder: `AETHER_STATE_DIR`, or `aether` in `XDG_STATE_HOME` or `~/.local/state`.
#[derive(Clone, Debug)]
pub(crate) struct State {
    root: PathBuf,
}

/// One run's folder.
#[derive(Clone, Debug)]
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
}

impl State {
    pub(crate) fn open() -> Result<Self, Failure> {
        let from = |name: &str| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let root = from("AETHER_STATE_DIR")
            .or_else(|| from("XDG_STATE_HOME").map(|folder| folder.join("aether")))
            .or_else(|| from("HOME").map(|home| home.join(".local/state/aether")));
        let root = root.ok_or_else(|| {
            Failure::usage_with(
                "there is no place for run records",
                "set AETHER_STATE_DIR to a folder of your own",
            )
        })?;
        let runs = root.join("runs");
        make_private(&runs)?;
        Ok(Self { root })
    }

    pub(crate) fn consents_file(&self) -> PathBuf {
        self.root.join("consents.json")
    }

    /// A folder for a new run; its name sorts by time.
    pub(crate) fn new_run(&self) -> Result<RunFolder, Failure> {
        self.prune();
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
        for attempt in 0..1000 {
            let name = format!("{now}-{:05}-{attempt}", std::process::id());
            let path = self.root.join("runs").join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(RunFolder { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::Io { path, error }),
            }
        }
        Err(Failure::usage("no free name for the run's folder"))
    }

    /// The run of this name or identifier, or its only beginning; the last one with changes when
    /// none is named.
    pub(crate) fn find(&self, wanted: Option<&str>) -> Result<RunFolder, Failure> {
        let runs = self.runs();
        let Some(wanted) = wanted else {
            let last = runs.into_iter().rev().find(RunFolder::has_changes);
            return last.ok_or_else(|| Failure::usage("no run has changes that wait"));
        };
        let fits = |run: &RunFolder| {
            let name =
                run.path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(wanted));
            name || run.record().is_some_and(|record| record.run.starts_with(wanted))
        };
        let mut found: Vec<RunFolder> = runs.into_iter().filter(fits).collect();
        match (found.pop(), found.is_empty()) {
            (Some(run), true) => Ok(run),
            (Some(_), false) => Err(Failure::usage(format!("several runs begin with {wanted:?}"))),
            (None, _) => Err(Failure::usage(format!("no run is called {wanted:?}"))),
        }
    }

    /// All runs, the oldest first.
    fn runs(&self) -> Vec<RunFolder> {
        let entries = fs::read_dir(self.root.join("runs"));
        let mut paths: Vec<PathBuf> =
            entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.sort_unstable();
        paths.into_iter().map(|path| RunFolder { path }).collect()
    }

    fn prune(&self) {
        let runs = self.runs();
        let old = runs.len().saturating_sub(RUNS_KEPT);
        for run in runs.into_iter().take(old).filter(|run| !run.has_changes()) {
            // Kept for another time if it cannot be removed.
            drop(fs::remove_dir_all(run.path));
        }
    }
}

impl RunFolder {
    pub(crate) fn audit(&self) -> PathBuf {
        self.path.join("audit.jsonl")
    }

    fn changes(&self) -> PathBuf {
        self.path.join("changes")
    }

    pub(crate) fn has_changes(&self) -> bool {
        self.changes().is_dir()
    }

    pub(crate) fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    pub(crate) fn record(&self) -> Option<RunRecord> {
        aether::report::parse(&fs::read_to_string(self.path.join("record.json")).ok()?).ok()
    }

    pub(crate) fn save_record(&self, record: &RunRecord) -> Result<(), Failure> {
        let path = self.path.join("record.json");
        fs::write(&path, aether::report::json(record)).map_err(Failure::io(path))
    }

    /// Keeps each cell's changes until they are applied or dropped.
    pub(crate) fn save_changes(&self, all: &[(u32, Changeset)]) -> Result<(), Failure> {
        for (cell, changes) in all {
            let folder = self.changes().join(format!("{cell:05}"));
            make_private(&self.changes())?;
            changes.save(&folder).map_err(|error| Failure::Io {
                path: folder,
                error: std::io::Error::other(error),
            })?;
        }
        Ok(())
    }

    /// Each cell's changes, in the order in which the cells were started.
    pub(crate) fn load_changes(&self) -> Result<Vec<Changeset>, Failure> {
        let folder = self.changes();
        let entries = fs::read_dir(&folder).map_err(Failure::io(&folder))?;
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort_unstable();
        let load = |path: PathBuf| {
            Changeset::load(&path)
                .map_err(|error| Failure::Io { path, error: std::io::Error::other(error) })
        };
        folders.into_iter().map(load).collect()
    }

    pub(crate) fn drop_changes(&self) -> Result<(), Failure> {
        fs::remove_dir_all(self.changes()).map_err(Failure::io(self.changes()))
    }
}

/// A folder that only this user can look into.
fn make_private(folder: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(Failure::io(folder))
}
