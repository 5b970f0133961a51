//! Where runs and consents are kept between commands.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aether::overlay::{Changeset, StoreError};
use aether::report::{MAX_RECORD, RunRecord};
use aether::source::{printable, quoted};

use crate::failure::{Failure, with_source};
use crate::files::replace_file;

/// The state folder: `AETHER_STATE_DIR`, or `aether` in `XDG_STATE_HOME` or `~/.local/state`; on Windows
/// in `LOCALAPPDATA`.
#[derive(Clone, Debug)]
pub(crate) struct State {
    root: PathBuf,
}

/// One run's folder.
#[derive(Clone, Debug)]
pub(crate) struct RunFolder {
    pub(crate) path: PathBuf,
}

/// The text of a run's record. What has more bytes than a record may have is cut, and so is none.
pub(crate) fn read_record(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MAX_RECORD as u64 + 1).read_to_string(&mut text)?;
    Ok(text)
}

const ANOTHER_PLACE: &str = "set AETHER_STATE_DIR to a folder of your own that can be written to";

impl State {
    pub(crate) fn open() -> Result<Self, Failure> {
        let from = |name: &str| {
            std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
        };
        let usual = match cfg!(windows) {
            true => from("LOCALAPPDATA").map(|folder| folder.join("aether")),
            false => from("XDG_STATE_HOME")
                .map(|folder| folder.join("aether"))
                .or_else(|| from("HOME").map(|home| home.join(".local/state/aether"))),
        };
        let root = from("AETHER_STATE_DIR").or(usual);
        let root = root.ok_or_else(|| {
            Failure::usage_with("there is no place for run records", ANOTHER_PLACE)
        })?;
        let runs = root.join("runs");
        make_private(&runs).map_err(Failure::io_with(&runs, ANOTHER_PLACE))?;
        Ok(Self { root })
    }

    pub(crate) fn consents_file(&self) -> PathBuf {
        self.root.join("consents.json")
    }

    /// From which plugins the monitor took something.
    pub(crate) fn narrowed_file(&self) -> PathBuf {
        self.root.join("narrowed.json")
    }

    /// Where a host that serves says where it is.
    pub(crate) fn serving_file(&self) -> PathBuf {
        self.root.join("serve.json")
    }

    /// What a person gave back to plugins. In a folder of its own: no checkpoint may be within it.
    pub(crate) fn restored_log(&self) -> PathBuf {
        self.root.join("restored").join("audit.jsonl")
    }

    /// Checkpoints of audit logs, beside the runs and not in them.
    pub(crate) fn checkpoints_folder(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// What signs them.
    pub(crate) fn key_file(&self) -> PathBuf {
        self.root.join("audit.key")
    }

    /// What was learned of plugins' behaviour.
    pub(crate) fn models_folder(&self) -> PathBuf {
        self.root.join("models")
    }

    /// Where what plugins store is kept.
    pub(crate) fn values_folder(&self) -> PathBuf {
        self.root.join("values")
    }

    pub(crate) fn code_folder(&self) -> PathBuf {
        self.root.join("code")
    }

    pub(crate) fn runs_folder(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// A folder for a new run; its name sorts by time.
    pub(crate) fn new_run(&self) -> Result<RunFolder, Failure> {
        let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%S");
        for attempt in 0..1000 {
            let name = format!("{now}-{:05}-{attempt}", std::process::id());
            let path = self.runs_folder().join(name);
            match fs::create_dir(&path) {
                Ok(()) => {
                    let run = RunFolder { path };
                    run.note_origin()?;
                    return Ok(run);
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::io_with(path, ANOTHER_PLACE)(error)),
            }
        }
        Err(Failure::usage("no free name for the run's folder"))
    }

    /// The run of this name or identifier, or its only beginning; when none is named, the last one
    /// with changes that was begun in this very folder.
    pub(crate) fn find(&self, wanted: Option<&str>) -> Result<RunFolder, Failure> {
        let Some(wanted) = wanted else { return last_of_here(self.runs()) };
        let run = self.named(wanted)?;
        if run.has_changes() {
            return Ok(run);
        }
        Err(Failure::usage_with(
            format!("the run {} has no changes that wait", run.name()),
            "they were applied, dropped, or never there",
        ))
    }

    /// The run of this name or identifier, or its only beginning.
    pub(crate) fn named(&self, wanted: &str) -> Result<RunFolder, Failure> {
        if wanted.is_empty() {
            // Every name begins with nothing.
            let help = "name a run, or leave it out for the last one that was begun here";
            return Err(Failure::usage_with("the run's name is empty", help));
        }
        let fits = |run: &RunFolder| {
            run.name().starts_with(wanted)
                || run.record().is_some_and(|record| record.run.starts_with(wanted))
        };
        let mut found: Vec<RunFolder> = self.runs().into_iter().filter(fits).collect();
        match (found.pop(), found.is_empty()) {
            (Some(run), true) => Ok(run),
            (Some(run), false) => {
                found.push(run);
                let message = format!("several runs begin with {}", quoted(wanted));
                Err(Failure::choose(message, found.iter().rev().map(RunFolder::line)))
            }
            (None, _) => Err(Failure::usage_with(
                format!("no run is called {}", quoted(wanted)),
                format!("each run is a folder of {}", self.runs_folder().display()),
            )),
        }
    }

    /// All runs, the oldest first.
    pub(crate) fn runs(&self) -> Vec<RunFolder> {
        let entries = fs::read_dir(self.runs_folder());
        let paths = entries.into_iter().flatten().flatten().map(|entry| entry.path());
        let mut runs: Vec<RunFolder> =
            paths.map(|path| RunFolder { path }).filter(RunFolder::is_one).collect();
        runs.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        runs
    }
}

/// A run of another folder is none that a person here thinks of: it must be named.
fn last_of_here(runs: Vec<RunFolder>) -> Result<RunFolder, Failure> {
    let here = std::env::current_dir().ok();
    let mut waiting: Vec<RunFolder> = runs.into_iter().filter(RunFolder::has_changes).collect();
    if let Some(at) = waiting.iter().rposition(|run| here.is_some() && run.origin() == here) {
        return Ok(waiting.swap_remove(at));
    }
    if waiting.is_empty() {
        return Err(Failure::usage_with(
            "no run has changes that wait",
            "a run leaves some when a plugin wrote files and they were not applied",
        ));
    }
    let message = "no run that was begun in this folder has changes that wait; others have";
    Err(Failure::choose(message, waiting.iter().rev().map(RunFolder::line)))
}

impl RunFolder {
    /// Whether it was made by `new_run`: somebody else's folders may lie beside ours, and are
    /// nothing that we may show, apply or remove.
    fn is_one(&self) -> bool {
        let name = self.name();
        let parts: Vec<&str> = name.split('-').collect();
        let [time, pid, attempt] = parts[..] else { return false };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let is_time = time.len() == 15 && time.split('T').all(digits);
        let real = fs::symlink_metadata(&self.path).is_ok_and(|meta| meta.is_dir());
        is_time && digits(pid) && digits(attempt) && real
    }

    /// Whether its command may still be at work in it: it has no record yet, and is not old.
    pub(crate) fn may_be_running(&self) -> bool {
        const LONG: Duration = Duration::from_secs(24 * 60 * 60);
        let age = fs::metadata(&self.path).and_then(|meta| meta.modified()).ok();
        let young = age.is_none_or(|at| at.elapsed().is_ok_and(|age| age < LONG));
        young && !self.record_file().exists()
    }

    /// Removes a run that never began, or is old.
    pub(crate) fn forget(&self) {
        // Left for another time if it cannot be removed.
        drop(fs::remove_dir_all(&self.path));
    }

    pub(crate) fn audit(&self) -> PathBuf {
        self.path.join("audit.jsonl")
    }

    fn changes(&self) -> PathBuf {
        self.path.join("changes")
    }

    pub(crate) fn has_changes(&self) -> bool {
        self.changes().is_dir()
    }

    /// Finishes what a crash has left of dropping its changes.
    pub(crate) fn tidy(&self) {
        if self.path.join("dropped").is_dir() && !self.has_changes() {
            // What cannot go now goes another time.
            drop(self.finish_dropping());
        }
    }

    pub(crate) fn name(&self) -> String {
        self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    }

    /// Name, age and folder, for choosing.
    pub(crate) fn line(&self) -> String {
        let begun = self.path.metadata().and_then(|meta| meta.modified()).ok();
        let age = begun.and_then(|begun| begun.elapsed().ok()).map_or_else(String::new, age);
        let folder = self.origin().map_or_else(String::new, |folder| {
            format!(", in {}", printable(&folder.display().to_string()))
        });
        format!("{}  {age}{folder}", self.name())
    }

    /// The folder in which the command was typed.
    pub(crate) fn origin(&self) -> Option<PathBuf> {
        let text = fs::read(self.path.join("begun-in")).ok()?;
        #[cfg(unix)]
        let folder: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(text);
        #[cfg(not(unix))]
        let folder = std::ffi::OsString::from(String::from_utf8(text).ok()?);
        Some(PathBuf::from(folder))
    }

    fn note_origin(&self) -> Result<(), Failure> {
        let path = self.path.join("begun-in");
        let here = std::env::current_dir().map_err(Failure::io("."))?;
        fs::write(&path, here.as_os_str().as_encoded_bytes()).map_err(Failure::io(path))
    }

    pub(crate) fn record(&self) -> Option<RunRecord> {
        aether::report::parse(&read_record(&self.record_file()).ok()?).ok()
    }

    pub(crate) fn record_file(&self) -> PathBuf {
        self.path.join("record.json")
    }

    pub(crate) fn save_record(&self, record: &RunRecord) -> Result<(), Failure> {
        replace_file(&self.record_file(), aether::report::json(record).as_bytes())
    }

    /// Keeps each cell's changes until they are applied or dropped.
    pub(crate) fn save_changes(
        &self,
        all: &[(u32, Changeset)],
        transaction: bool,
    ) -> Result<(), Failure> {
        if transaction && !all.is_empty() {
            let mark = self.transaction();
            fs::write(&mark, "").map_err(Failure::io(mark))?;
        }
        for (cell, changes) in all {
            let folder = self.changes().join(format!("{cell:05}"));
            make_private(&self.changes()).map_err(Failure::io(self.changes()))?;
            changes.save(&folder).map_err(|error| store_failure(folder, &error))?;
        }
        Ok(())
    }

    /// Each cell's changes, in the order in which the cells were started.
    pub(crate) fn load_changes(&self) -> Result<Vec<(u32, Changeset)>, Failure> {
        let folder = self.changes();
        let entries = fs::read_dir(&folder).map_err(Failure::io(&folder))?;
        let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        folders.sort_unstable();
        let load = |path: PathBuf| {
            let cell = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let cell = cell.parse().unwrap_or_default();
            let changes = Changeset::load(&path).map_err(|error| store_failure(path, &error))?;
            Ok((cell, changes))
        };
        folders.into_iter().map(load).collect()
    }

    /// Drops the changes, and what stands of applying them.
    pub(crate) fn drop_changes(&self) -> Result<(), Failure> {
        // In one step: half of a run's changes would be taken for all of them.
        let dropped = self.path.join("dropped");
        fs::rename(self.changes(), &dropped).map_err(Failure::io(self.changes()))?;
        self.finish_dropping()
    }

    fn finish_dropping(&self) -> Result<(), Failure> {
        let dropped = self.path.join("dropped");
        fs::remove_dir_all(&dropped).map_err(Failure::io(dropped))?;
        match fs::remove_file(self.journal()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::io(self.journal())(error))
            }
            _ => Ok(()),
        }
    }

    /// Where it stands how far applying them has come.
    pub(crate) fn journal(&self) -> PathBuf {
        self.path.join("apply.journal")
    }

    /// Whether they are made as one.
    pub(crate) fn is_transaction(&self) -> bool {
        self.transaction().exists()
    }

    fn transaction(&self) -> PathBuf {
        self.path.join("transaction")
    }
}

fn store_failure(path: PathBuf, error: &StoreError) -> Failure {
    Failure::io(path)(std::io::Error::other(with_source(error)))
}

fn age(time: Duration) -> String {
    let minutes = time.as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

/// A folder that only this user can look into.
pub(crate) fn make_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
