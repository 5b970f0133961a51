//! Paths of a cell's virtual file tree and the patterns that grant them.
//!
//! This crate turns text typed by people and plugins into two checked types, [`VirtualPath`] and
//! [`PathPattern`], once; what was matched is then what is used. It never touches a file system,
//! never resolves a symlink or a `..`, knows no host path, and depends on no other crate of ours.

#![forbid(unsafe_code)]

mod component;
mod error;
mod pattern;
mod sequence;
mod virtual_path;

pub use component::MAX_WILDCARDS_PER_COMPONENT;
pub use error::{PathError, PathProblem, PatternError, PatternProblem};
pub use pattern::{MAX_PATTERN_BYTES, MAX_PATTERN_COMPONENTS, PathPattern};
pub use virtual_path::{Components, MAX_NAME_BYTES, MAX_PATH_BYTES, VirtualPath, WORKSPACE};
