//! Showing what a changeset would change in files.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use aether_path::VirtualPath;
use similar::TextDiff;

use crate::apply::{Anchors, Outcome, preview};
use crate::blob::Blob;
use crate::changeset::{Change, ChangeKind, Changeset, Modes};
use crate::error::HostProblem;

/// Longest file compared line by line, in bytes.
const MAX_COMPARED: u64 = 1 << 20;

/// Longest comparison shown, in bytes.
const MAX_SHOWN: usize = 256 << 10;

/// Longest time spent on one file. Contents can be made so that finding the least difference takes
/// quadratic time; after this a coarser one is good enough.
const MAX_TIME: Duration = Duration::from_millis(300);

/// How much of a file is searched for what text does not hold.
const MAX_SNIFFED: usize = 8 << 10;

/// What a change does to a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// The change's path.
    pub path: VirtualPath,
    /// Where that is on the host, for whoever knows which places there are sensitive. It is to be
    /// escaped before it is shown.
    pub host: PathBuf,
    /// The change's kind.
    pub kind: ChangeKind,
    /// The difference.
    pub body: DiffBody,
    /// Whether the host's file is no longer what the plugin saw, so that the change would conflict.
    pub stale: bool,
    /// Whether the host is already as the change would have it, since it has been applied for
    /// example. There is no difference then.
    pub already_there: bool,
    /// Whether it is a file that can be executed.
    pub executable: bool,
    /// Whether that is a change of a file that was there.
    pub executable_changes: bool,
    /// Its permissions, as in [`Change::mode`].
    pub mode: Option<Modes>,
    /// When it was last modified, as in [`Change::modified`].
    pub modified: Option<i64>,
    /// Whether a name on the way to it, within what was granted, begins with a dot.
    pub dotfile: bool,
    /// Whether it is a symlink.
    pub symlink: bool,
    /// Whether it is a symlink that leads elsewhere from its new place.
    pub retargeted: bool,
    /// How many other names (hard links) the host's file has that would keep the old content.
    pub links: u64,
}

/// The difference between two contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffBody {
    /// A unified diff. It holds the plugin's text, so it is to be escaped before it is shown.
    Text(String),
    /// At least one of the two is not text.
    Binary {
        /// Bytes before; `None` where there was no file.
        before: Option<u64>,
        /// Bytes after; `None` where there is none.
        after: Option<u64>,
    },
    /// Too long to be shown.
    TooLarge {
        /// Bytes before; `None` where there was no file.
        before: Option<u64>,
        /// Bytes after; `None` where there is none.
        after: Option<u64>,
    },
    /// The host's file cannot be read.
    Unreadable(HostProblem),
    /// No content changes.
    Same,
}

/// The differences of all changes, in their order. The host's present files are read for it.
pub fn diff(changeset: &Changeset) -> Vec<FileDiff> {
    let anchors = Anchors::open(changeset);
    let foreseen = preview(changeset, |_| true).changes.into_iter().map(|change| change.outcome);
    let changes = changeset.changes().iter().zip(foreseen);
    changes.map(|(change, foreseen)| diff_one(changeset, &anchors, change, &foreseen)).collect()
}

fn diff_one(
    changeset: &Changeset,
    anchors: &Anchors,
    change: &Change,
    foreseen: &Outcome,
) -> FileDiff {
    let already_there = *foreseen == Outcome::AlreadyThere;
    let done = |body| FileDiff {
        path: change.path.clone(),
        host: change.host.clone(),
        kind: change.kind.clone(),
        body,
        stale: matches!(foreseen, Outcome::Conflict(_)),
        already_there,
        executable: change.executable,
        executable_changes: change.executable_changes,
        mode: change.mode,
        modified: change.modified,
        dotfile: change.dotfile,
        symlink: change.symlink,
        retargeted: change.retargeted,
        links: if already_there { 0 } else { links(anchors, change) },
    };
    let old_path = match &change.kind {
        ChangeKind::FolderAdded | ChangeKind::FolderRemoved => return done(DiffBody::Same),
        ChangeKind::Renamed { from, .. } => Some(from),
        ChangeKind::Added | ChangeKind::LinkAdded { .. } => None,
        ChangeKind::Modified
        | ChangeKind::Deleted
        | ChangeKind::ModeChanged
        | ChangeKind::TimeChanged => Some(&change.path),
    };
    let new = changeset.content_of(change);
    let same = already_there || change.symlink || change.keeps_content();
    if same || (new.is_none() && change.kind != ChangeKind::Deleted) {
        return done(DiffBody::Same);
    }
    let new = match new.map(read_new).transpose() {
        Ok(new) => new,
        Err(problem) => return done(DiffBody::Unreadable(problem)),
    };
    let old = match old_path.map(|path| read_old(anchors, path)).transpose() {
        Ok(old) => old_path.zip(old),
        Err(problem) => return done(DiffBody::Unreadable(problem)),
    };
    done(body(old, new.map(|new| (&change.path, new))))
}

/// A file that gets new content is another file afterwards; its other names stay with the old one.
fn links(anchors: &Anchors, change: &Change) -> u64 {
    let path = match (&change.kind, change.after) {
        (ChangeKind::Modified, _) => &change.path,
        (ChangeKind::Renamed { from, .. }, Some(_)) => from,
        _ => return 0,
    };
    let found = anchors.meta(path).ok().flatten();
    found.map_or(0, |meta| meta.links.saturating_sub(1))
}

/// A content, if it is not too long to be compared.
enum Text<'a> {
    Content(Cow<'a, [u8]>),
    TooLarge(u64),
}

impl Text<'_> {
    fn len(&self) -> u64 {
        match self {
            Self::Content(bytes) => bytes.len() as u64,
            Self::TooLarge(len) => *len,
        }
    }

    fn bytes(&self) -> &[u8] {
        match self {
            Self::Content(bytes) => bytes,
            Self::TooLarge(_) => &[],
        }
    }
}

fn read_new(blob: &Blob) -> Result<Text<'_>, HostProblem> {
    let len = blob.size();
    if len > MAX_COMPARED {
        return Ok(Text::TooLarge(len));
    }
    Ok(blob.read(0, usize::try_from(len).unwrap_or(usize::MAX)).map(Text::Content)?)
}

/// The host's present content.
fn read_old(anchors: &Anchors, path: &VirtualPath) -> Result<Text<'static>, HostProblem> {
    let file = anchors.open_file(path)?;
    let len = file.meta().len;
    if len > MAX_COMPARED {
        return Ok(Text::TooLarge(len));
    }
    file.read_at(0, usize::try_from(len).unwrap_or(usize::MAX)).map(Cow::Owned).map(Text::Content)
}

type Side<'a> = Option<(&'a VirtualPath, Text<'a>)>;

fn body(old: Side<'_>, new: Side<'_>) -> DiffBody {
    let before = old.as_ref().map(|(_, old)| old.len());
    let after = new.as_ref().map(|(_, new)| new.len());
    if before.max(after).unwrap_or(0) > MAX_COMPARED {
        return DiffBody::TooLarge { before, after };
    }
    let old_bytes = old.as_ref().map_or(&[][..], |(_, old)| old.bytes());
    let new_bytes = new.as_ref().map_or(&[][..], |(_, new)| new.bytes());
    let (Some(old_text), Some(new_text)) = (text(old_bytes), text(new_bytes)) else {
        return DiffBody::Binary { before, after };
    };
    let name = |side: &str, path: Option<&VirtualPath>| match path {
        Some(path) => format!("{side}{}", on_one_line(path)),
        None => "/dev/null".to_owned(),
    };
    let (old_name, new_name) = (
        name("a", old.as_ref().map(|(path, _)| *path)),
        name("b", new.as_ref().map(|(path, _)| *path)),
    );
    let (old_lines, new_lines) = (lines(old_text), lines(new_text));
    let difference = TextDiff::configure()
        .timeout(MAX_TIME)
        .newline_terminated(true)
        .diff_slices(&old_lines, &new_lines);
    let shown = difference.unified_diff().header(&old_name, &new_name).to_string();
    if shown.len() > MAX_SHOWN {
        DiffBody::TooLarge { before, after }
    } else {
        DiffBody::Text(shown)
    }
}

/// Lines end with a line feed and nothing else, as in what shows them: were a carriage return an end
/// too, what follows one in a file could stand in the diff as a line of another kind.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// A plugin chooses names, and a name may hold line ends: unescaped, its rest would stand in the
/// diff as lines that no file has.
fn on_one_line(path: &VirtualPath) -> String {
    let mut out = String::new();
    for letter in path.as_str().chars() {
        if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}') {
            out.extend(letter.escape_default());
        } else {
            out.push(letter);
        }
    }
    out
}

fn text(bytes: &[u8]) -> Option<&str> {
    let beginning = bytes.get(..MAX_SNIFFED).unwrap_or(bytes);
    if beginning.contains(&0) { None } else { std::str::from_utf8(bytes).ok() }
}
