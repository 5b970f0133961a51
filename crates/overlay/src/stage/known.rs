//! What was laid, so that it can be told what has become of it.

use std::collections::BTreeMap;

use aether_path::VirtualPath;

use crate::fingerprint::{ContentHash, Fingerprint};
use crate::upper::Base;

/// What was laid at a path.
#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// A copy of a file.
    File {
        /// Length of the copy, in bytes.
        len: u64,
        /// Hash of its content.
        hash: ContentHash,
        /// The host's file. Nothing on the host is taken for one that changed while it was copied.
        fingerprint: Fingerprint,
        /// Its permission bits.
        mode: u32,
    },
    /// A folder, with the permission bits of the host's.
    Folder { mode: u32 },
    /// Nothing, though the host has something there.
    NotShown,
}

impl Known {
    /// What the host had there, as the program saw it.
    pub(super) fn base(self) -> Option<Base> {
        match self {
            Self::File { fingerprint, mode, .. } => Some(Base::File { fingerprint, mode }),
            Self::Folder { mode } => Some(Base::Folder { mode: Some(mode) }),
            Self::NotShown => None,
        }
    }
}

/// All that was laid, by folder and name.
#[derive(Debug, Default)]
pub(super) struct AllKnown(BTreeMap<VirtualPath, BTreeMap<String, Known>>);

impl AllKnown {
    /// Notes what was laid under a name; bytes of the name that are not UTF-8 are escaped.
    pub(super) fn note(&mut self, folder: &VirtualPath, name: &str, known: Known) {
        self.0.entry(folder.clone()).or_default().insert(name.to_owned(), known);
    }

    pub(super) fn get(&self, path: &VirtualPath) -> Option<Known> {
        self.0.get(&path.parent()?)?.get(path.file_name()?).copied()
    }

    /// What was laid in a folder.
    pub(super) fn children(&self, folder: &VirtualPath) -> impl Iterator<Item = (&str, Known)> {
        self.0.get(folder).into_iter().flatten().map(|(name, known)| (name.as_str(), *known))
    }
}
