//! Temporary names, which a later process finds again.

use std::collections::hash_map::RandomState;
use std::ffi::OsString;
use std::hash::{BuildHasher, Hasher};

use aether_path::VirtualPath;
use serde::{Deserialize, Serialize};

/// The temporary names of one application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Names(u64);

/// What stands under a temporary name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// What comes to a path; once it has taken that path in exchange, what stood there.
    New,
    /// What stood there, where a file system cannot exchange names.
    Old,
    /// What has left a path for good, until it is certain that nothing is taken back.
    Gone,
}

impl Names {
    /// Names that nobody can foresee: somebody who could take them beforehand could keep changes
    /// from being made.
    pub(super) fn random() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    pub(super) fn of(self, job: usize, role: Role) -> OsString {
        let role = match role {
            Role::New => "new",
            Role::Old => "old",
            Role::Gone => "gone",
        };
        format!(".aether-{:016x}-{job}-{role}.tmp", self.0).into()
    }
}

/// A temporary name in the folder that holds a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) beside: VirtualPath,
    pub(super) name: OsString,
}
