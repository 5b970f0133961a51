//! The checked path type.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::error::{PathError, PathProblem};

/// The virtual folder below which relative paths and patterns live: the folder in which the person
/// started `aether`.
pub const WORKSPACE: &str = "/workspace";

/// Longest path, in bytes: Linux's `PATH_MAX`. Bounds what a plugin can make the host copy, match
/// and log per call.
pub const MAX_PATH_BYTES: usize = 4096;

/// Longest component, in bytes: Linux's `NAME_MAX`. Bounds the work of matching one name.
pub const MAX_NAME_BYTES: usize = 255;

/// A normalised absolute path of a cell's virtual file tree: `/`, `/a`, `/a/b`.
///
/// It is UTF-8 without NUL, has no `.`, `..` or empty component and no trailing slash, and keeps
/// to [`MAX_PATH_BYTES`] and [`MAX_NAME_BYTES`]. It says nothing about what exists.
///
/// Paths are ordered component by component, so everything below a folder directly follows it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VirtualPath(String);

impl VirtualPath {
    /// The root, `/`.
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The folder of relative paths, [`WORKSPACE`].
    pub fn workspace() -> Self {
        Self(WORKSPACE.to_owned())
    }

    /// Takes a path that is already in normal form; anything else is an error, not repaired.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let Some(below_root) = text.strip_prefix('/') else {
            let problem =
                if text.is_empty() { PathProblem::Empty } else { PathProblem::NotAbsolute };
            return Err(PathError::new(text, problem));
        };
        if below_root.is_empty() {
            return Ok(Self::root());
        }
        check_normal(below_root, text.len()).map_err(|problem| PathError::new(text, problem))?;
        Ok(Self(text.to_owned()))
    }

    /// Reads a path as a plugin typed it: absolute as it stands, otherwise below `folder`.
    ///
    /// `.` and empty components are dropped, so `./x`, `x`, `x/` and `.//x` are one path.
    /// `..` is refused: resolving it by text would disagree with the file system about symlinks.
    pub fn resolve(folder: &VirtualPath, typed: &str) -> Result<Self, PathError> {
        if typed.is_empty() {
            return Err(PathError::new(typed, PathProblem::Empty));
        }
        if typed.len() > MAX_PATH_BYTES {
            return Err(PathError::new(typed, PathProblem::TooLong));
        }
        let mut path = if typed.starts_with('/') { Self::root() } else { folder.clone() };
        for name in typed.split('/').filter(|name| !name.is_empty() && *name != ".") {
            check_name(name).map_err(|problem| PathError::new(typed, problem))?;
            path.push(name);
        }
        if path.0.len() > MAX_PATH_BYTES {
            return Err(PathError::new(typed, PathProblem::TooLong));
        }
        Ok(path)
    }

    /// The path of `below` inside this one; `below` is a name or several, in normal form.
    pub fn join(&self, below: &str) -> Result<Self, PathError> {
        if below.is_empty() {
            return Err(PathError::new(below, PathProblem::Empty));
        }
        if below.starts_with('/') {
            return Err(PathError::new(below, PathProblem::NotRelative));
        }
        let length = self.0.len() + 1 + below.len();
        check_normal(below, length).map_err(|problem| PathError::new(below, problem))?;
        let mut path = self.clone();
        path.push(below);
        Ok(path)
    }

    /// The components from the root on; none for the root itself.
    pub fn components(&self) -> Components<'_> {
        Components { rest: self.0.strip_prefix('/').unwrap_or_default() }
    }

    /// The folder that holds this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (parent, name) = self.0.rsplit_once('/')?;
        match (parent, name) {
            ("", "") => None,
            ("", _) => Some(Self::root()),
            _ => Some(Self(parent.to_owned())),
        }
    }

    /// The last component; `None` for the root.
    pub fn file_name(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(_, name)| name).filter(|name| !name.is_empty())
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether this path is `folder` or lies below it, by whole components.
    pub fn starts_with(&self, folder: &VirtualPath) -> bool {
        self.strip_prefix(folder).is_some()
    }

    /// What follows `folder` in this path, without a leading slash: empty when both are the same,
    /// `None` when this path is not below `folder`.
    pub fn strip_prefix(&self, folder: &VirtualPath) -> Option<&str> {
        if folder.is_root() {
            return self.0.strip_prefix('/');
        }
        match self.0.strip_prefix(folder.as_str())? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }

    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Appends what was checked by the caller.
    fn push(&mut self, below: &str) {
        if !self.is_root() {
            self.0.push('/');
        }
        self.0.push_str(below);
    }
}

/// Checks relative text that must be in normal form; `length` is that of the whole path.
fn check_normal(below: &str, length: usize) -> Result<(), PathProblem> {
    if length > MAX_PATH_BYTES {
        return Err(PathProblem::TooLong);
    }
    below.split('/').try_for_each(check_name)
}

fn check_name(name: &str) -> Result<(), PathProblem> {
    match name {
        "" => Err(PathProblem::EmptyName),
        "." => Err(PathProblem::Dot),
        ".." => Err(PathProblem::Parent),
        _ if name.len() > MAX_NAME_BYTES => Err(PathProblem::NameTooLong),
        _ if name.contains('\0') => Err(PathProblem::Nul),
        _ => Ok(()),
    }
}

/// Iterator over the components of a [`VirtualPath`].
#[derive(Clone, Debug)]
pub struct Components<'a> {
    rest: &'a str,
}

impl<'a> Components<'a> {
    /// What has not been yielded yet, without a leading slash.
    pub fn rest(&self) -> &'a str {
        self.rest
    }
}

impl<'a> Iterator for Components<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        let (name, rest) = self.rest.split_once('/').unwrap_or((self.rest, ""));
        self.rest = rest;
        Some(name)
    }
}

impl Ord for VirtualPath {
    fn cmp(&self, other: &Self) -> Ordering {
        self.components().cmp(other.components())
    }
}

impl PartialOrd for VirtualPath {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl FromStr for VirtualPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Self::parse(text)
    }
}

impl AsRef<str> for VirtualPath {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for VirtualPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VirtualPath({:?})", self.0)
    }
}
