//! Paths of a cell's virtual file tree, the patterns that grant them, and paths of a Windows host.
//!
//! This crate turns text typed by people and plugins into checked types, [`VirtualPath`],
//! [`PathPattern`] and [`WindowsPath`], once; what was matched is then what is used. It never
//! touches a file system, never resolves a symlink or a `..`, is the same on every system, and
//! depends on no other crate of ours.

#![forbid(unsafe_code)]

mod component;
mod error;
mod pattern;
mod sequence;
mod virtual_path;
mod windows;

pub use component::MAX_WILDCARDS_PER_COMPONENT;
pub use error::{PathError, PathProblem, PatternError, PatternProblem};
pub use pattern::{MAX_PATTERN_BYTES, MAX_PATTERN_COMPONENTS, PathPattern};
pub use virtual_path::{Components, MAX_NAME_BYTES, MAX_PATH_BYTES, VirtualPath, WORKSPACE};
pub use windows::{
    MAX_WINDOWS_NAME_UNITS, MAX_WINDOWS_PATH_UNITS, WindowsNameError, WindowsNameProblem,
    WindowsPath, WindowsPathError, WindowsPathProblem, same_windows_name, windows_name,
};
