//! The fewest entries that cover what was observed, and little else.

mod fold;
mod folder;
mod guard;
mod hosts;
mod item;
mod name;
mod native;
mod paths;
mod request;

use aether_path::VirtualPath;

pub(crate) use hosts::cover_hosts;
pub(crate) use native::cover_native_writes;
pub(crate) use paths::cover_paths;
pub(crate) use request::Request;

/// An observed path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) path: VirtualPath,
    /// Whether it was more than looked at. However much is looked at, no folder is named for it.
    pub(crate) is_used: bool,
    /// Whether it is a folder that was made.
    pub(crate) is_made: bool,
}

/// An entry that would be asked for, and which of the observed objects it is for, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) entry: String,
    pub(crate) members: Vec<usize>,
    /// Why it is not just the object, where it is not.
    pub(crate) widened: Option<String>,
}

/// What can be covered, and what cannot, each with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Cover {
    pub(crate) drafts: Vec<Draft>,
    pub(crate) left: Vec<(usize, String)>,
}
