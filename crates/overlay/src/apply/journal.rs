//! What a later process has to know of an application that was cut off.
//!
//! A line is written and synced before what it speaks of is begun: the plan before anything, then
//! what was staged, then that nothing is taken back any more. What is read is distrusted: it can
//! name the changes of its changesets, their temporary names and the way to their mounts, and no
//! other path.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::jobs::Staged;
use super::mark::Mark;
use super::names::Names;
use super::run::Stuck;
use super::way::Way;
use crate::error::HostProblem;
use crate::fingerprint::ContentHash;
use crate::sys;

/// The version of journals written and read.
const VERSION: u32 = 1;

/// Longest journal read. It stops a file put in its place from filling memory; the default quota's
/// entries take a tenth.
const MAX_JOURNAL_BYTES: u64 = 64 << 20;

/// How often a journal is opened again that was removed while it was being locked.
const MAX_OPENED: usize = 8;

/// Changes that could not be applied under a journal, or not be finished by it.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The journal could not be written or read.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// The journal.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process applies these changes now.
    #[error("`{}` is in use: these changes are being applied already; wait for that", path.display())]
    InUse {
        /// The journal.
        path: PathBuf,
    },
    /// An application was cut off and has to be finished first.
    #[error("`{}` tells of an application that was cut off; resume that first", path.display())]
    Waits {
        /// The journal.
        path: PathBuf,
    },
    /// The journal is too long.
    #[error("`{}` is longer than {MAX_JOURNAL_BYTES} bytes", path.display())]
    TooLong {
        /// The journal.
        path: PathBuf,
    },
    /// It is no journal, or contradicts itself.
    #[error("`{}` is not the journal of an application", path.display())]
    Malformed {
        /// The journal.
        path: PathBuf,
    },
    /// The journal was written by another version.
    #[error("journal of version {found}; this one reads version {VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
    /// The journal speaks of other changes, or of other mounts.
    #[error("`{}` is the journal of other changes", path.display())]
    OtherChanges {
        /// The journal.
        path: PathBuf,
    },
    /// What was begun could not be taken back. The journal stays, so that it can be tried again.
    #[error("cannot take back what was begun at `{}`: {problem}", path.display())]
    Stuck {
        /// Where, on the host.
        path: PathBuf,
        /// Why not.
        problem: HostProblem,
    },
}

impl From<Stuck> for JournalError {
    fn from(Stuck { path, problem }: Stuck) -> Self {
        Self::Stuck { path, problem }
    }
}

/// What is to be done, and under which names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Plan {
    pub(super) version: u32,
    pub(super) names: Names,
    /// Whether all changes are made or none.
    pub(super) all: bool,
    /// The hash of the changesets.
    pub(super) changes: ContentHash,
    /// The changes that were selected, counted through all changesets.
    pub(super) selected: Vec<usize>,
    /// Those that are made.
    pub(super) pending: Vec<usize>,
    /// Those whose new path is as it should be already.
    pub(super) placed: Vec<usize>,
    /// Folders that are made because something needs them: changeset and path.
    pub(super) implied: Vec<(usize, String)>,
    pub(super) ways: Vec<Way>,
    /// The inode at which each mount begins, so that one that is not there now is not taken for one
    /// in which nothing was done.
    pub(super) tops: Vec<Vec<Option<u64>>>,
}

/// What verification found for a change, and what was staged for it.
pub(super) type Marks = (Option<Mark>, Option<Mark>, Option<Staged>);

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Line {
    Plan(Box<Plan>),
    /// By pending change, then by implied folder.
    Staged(Vec<Marks>),
    /// The pending changes that were not made.
    Committed(Vec<usize>),
}

/// What a journal tells.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) plan: Plan,
    pub(super) staged: Option<Vec<Marks>>,
    pub(super) committed: Option<Vec<usize>>,
}

/// An opened journal, which no other process can open meanwhile.
#[derive(Debug)]
pub(super) struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Opens a journal, and makes it if it is missing.
    pub(super) fn create(path: &Path) -> Result<Self, JournalError> {
        for _ in 0..MAX_OPENED {
            let file = sys::open_private_file(path, true).map_err(failed("open", path))?;
            if let Some(journal) = Self::locked(file, path)? {
                return Ok(journal);
            }
        }
        Err(JournalError::InUse { path: path.to_owned() })
    }

    /// Opens a journal, if there is one.
    pub(super) fn find(path: &Path) -> Result<Option<Self>, JournalError> {
        for _ in 0..MAX_OPENED {
            let file = match sys::open_private_file(path, false) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                opened => opened.map_err(failed("open", path))?,
            };
            if let Some(journal) = Self::locked(file, path)? {
                return Ok(Some(journal));
            }
        }
        Err(JournalError::InUse { path: path.to_owned() })
    }

    /// Locks an opened journal; `None` if whoever held it has removed it.
    fn locked(file: File, path: &Path) -> Result<Option<Self>, JournalError> {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(JournalError::InUse { path: path.to_owned() });
            }
            Err(TryLockError::Error(error)) => return Err(failed("lock", path)(error)),
        }
        let stands = sys::stands_at(&file, path).map_err(failed("read", path))?;
        Ok(stands.then(|| Self { file, path: path.to_owned() }))
    }

    /// What it tells; `None` if nothing was begun under it.
    pub(super) fn read(&mut self) -> Result<Option<Recorded>, JournalError> {
        let mut text = Vec::new();
        self.file.seek(SeekFrom::Start(0)).map_err(failed("read", &self.path))?;
        let read = Read::by_ref(&mut self.file).take(MAX_JOURNAL_BYTES + 1).read_to_end(&mut text);
        read.map_err(failed("read", &self.path))?;
        if text.len() as u64 > MAX_JOURNAL_BYTES {
            return Err(JournalError::TooLong { path: self.path.clone() });
        }
        // A line that is not whole was never relied on.
        let Some(end) = text.iter().rposition(|byte| *byte == b'\n') else { return Ok(None) };
        let mut lines = text.get(..end).unwrap_or_default().split(|byte| *byte == b'\n');
        let plan = self.plan_of(lines.next().unwrap_or_default())?;
        let mut recorded = Recorded { plan, staged: None, committed: None };
        for line in lines {
            match (self.line(line)?, &recorded) {
                (Line::Staged(marks), Recorded { staged: None, .. }) => {
                    recorded.staged = Some(marks);
                }
                (Line::Committed(unmade), Recorded { staged: Some(_), committed: None, .. }) => {
                    recorded.committed = Some(unmade);
                }
                _ => return Err(self.malformed()),
            }
        }
        Ok(Some(recorded))
    }

    fn plan_of(&self, line: &[u8]) -> Result<Plan, JournalError> {
        /// Read alone first, so that another version is not merely malformed.
        #[derive(Deserialize)]
        struct Versioned {
            plan: Version,
        }
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let versioned: Versioned = serde_json::from_slice(line).map_err(|_| self.malformed())?;
        match (versioned.plan.version, self.line(line)) {
            (VERSION, Ok(Line::Plan(plan))) => Ok(*plan),
            (VERSION, _) => Err(self.malformed()),
            (found, _) => Err(JournalError::Version { found }),
        }
    }

    fn line(&self, line: &[u8]) -> Result<Line, JournalError> {
        serde_json::from_slice(line).map_err(|_| self.malformed())
    }

    pub(super) fn malformed(&self) -> JournalError {
        JournalError::Malformed { path: self.path.clone() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts a new journal with this line in its place, in one step: what is begun anew is as little
    /// forgotten as what was begun first.
    fn begin(&mut self, line: &Line) -> Result<(), JournalError> {
        let next = next_to(&self.path);
        let file = sys::open_private_file(&next, true).map_err(failed("open", &next))?;
        // Nobody else holds it: for that they had to lock this one.
        file.try_lock().map_err(io::Error::from).map_err(failed("lock", &next))?;
        file.set_len(0).map_err(failed("write", &next))?;
        let mut begun = Self { file, path: next };
        begun.write(line)?;
        self.make_way_for(begun)?;
        sync_folder(&self.path)
    }

    /// Gives its place to the next one.
    fn make_way_for(&mut self, next: Self) -> Result<(), JournalError> {
        let (from, to) = (next.path.clone(), self.path.clone());
        let renamed = std::fs::rename(&from, &to);
        if renamed.is_ok() || !sys::OPEN_FILES_STAY {
            renamed.map_err(failed("name", &to))?;
            self.file = next.file;
            return Ok(());
        }
        // Once this one is closed somebody else may open it, and then it stays, and is theirs.
        *self = next;
        std::fs::rename(&from, &to).map_err(failed("name", &to))?;
        self.path = to;
        Ok(())
    }

    /// Removes it: nothing waits.
    pub(super) fn end(self) -> Result<(), JournalError> {
        // There only if an earlier process was cut off while it wrote it. Where it stays, the next one
        // that begins a journal writes over it.
        let _ = std::fs::remove_file(next_to(&self.path));
        std::fs::remove_file(&self.path).map_err(failed("remove", &self.path))?;
        sync_folder(&self.path)
    }

    fn write(&mut self, line: &Line) -> Result<(), JournalError> {
        let text =
            serde_json::to_vec(line).map_err(|error| failed("write", &self.path)(error.into()));
        let mut text = text?;
        text.push(b'\n');
        let before = self.file.stream_position().map_err(failed("write", &self.path))?;
        let written = self.file.write_all(&text).and_then(|()| self.file.sync_all());
        written.map_err(|error| {
            // Whoever reads it must not rely on what is taken back now. Where even this fails, half a
            // line counts as none, and from a whole one each path still comes to an end.
            let _ = self.file.set_len(before);
            failed("write", &self.path)(error)
        })
    }
}

/// Who is told what is about to be done.
pub(super) trait Record {
    /// Why it could not be recorded; then nothing is done.
    type Error;
    /// Whether a later process can read it.
    const IS_KEPT: bool;

    fn planned(&mut self, plan: &dyn Fn() -> Plan) -> Result<(), Self::Error>;
    fn staged(&mut self, marks: &dyn Fn() -> Vec<Marks>) -> Result<(), Self::Error>;
    fn committed(&mut self, unmade: &dyn Fn() -> Vec<usize>) -> Result<(), Self::Error>;
}

impl Record for Journal {
    type Error = JournalError;
    const IS_KEPT: bool = true;

    fn planned(&mut self, plan: &dyn Fn() -> Plan) -> Result<(), JournalError> {
        self.begin(&Line::Plan(Box::new(plan())))
    }

    fn staged(&mut self, marks: &dyn Fn() -> Vec<Marks>) -> Result<(), JournalError> {
        self.write(&Line::Staged(marks()))
    }

    fn committed(&mut self, unmade: &dyn Fn() -> Vec<usize>) -> Result<(), JournalError> {
        self.write(&Line::Committed(unmade()))
    }
}

/// Nobody.
pub(super) struct Unrecorded;

impl Record for Unrecorded {
    type Error = std::convert::Infallible;
    const IS_KEPT: bool = false;

    fn planned(&mut self, _plan: &dyn Fn() -> Plan) -> Result<(), Self::Error> {
        Ok(())
    }

    fn staged(&mut self, _marks: &dyn Fn() -> Vec<Marks>) -> Result<(), Self::Error> {
        Ok(())
    }

    fn committed(&mut self, _unmade: &dyn Fn() -> Vec<usize>) -> Result<(), Self::Error> {
        Ok(())
    }
}

impl Plan {
    pub(super) const VERSION: u32 = VERSION;
}

fn next_to(path: &Path) -> PathBuf {
    let mut next = path.as_os_str().to_owned();
    next.push(".new");
    next.into()
}

fn sync_folder(path: &Path) -> Result<(), JournalError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    sys::sync_folder(folder).map_err(failed("sync", folder))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> JournalError {
    let path = path.to_owned();
    move |source| JournalError::Io { doing, path, source }
}
