//! Why something cannot be reviewed or done, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use aether_bundle::{BundleError, Digest};
use aether_manifest::{MANIFEST_FILE, PluginName};
use aether_source::{Diagnostic, quoted};

use crate::limits::{MAX_INDEX, MAX_MANIFEST, MAX_PLUGINS};
use crate::right::listed;
use crate::{ArchiveError, Right};

/// Why a folder or archive is not a plugin that can be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The folder cannot be taken.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The archive's file cannot be read.
    #[error("{} cannot be read: {error}", .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The archive's file is a folder, a device, or anything else that is no file.
    #[error("{} is not a file", .0.display())]
    NotAFile(PathBuf),
    /// The archive cannot be taken.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// There is no manifest.
    #[error("there is no {MANIFEST_FILE}")]
    NoManifest,
    /// The manifest is too long.
    #[error("{MANIFEST_FILE} is longer than {} KiB", MAX_MANIFEST >> 10)]
    ManifestTooLarge,
    /// The manifest has errors, or its entry is not there; all of them.
    #[error("{MANIFEST_FILE} is not usable: {} problem(s)", .0.len())]
    Manifest(Vec<Diagnostic>),
    /// The manifest gives no name.
    #[error("{MANIFEST_FILE} gives no name")]
    NoName,
    /// A folder of this name cannot be made on every system.
    #[error("no folder on Windows can have the plugin's name {}", quoted(.0.as_str()))]
    Name(PluginName),
    /// A text holds characters that cannot be seen, or that change the order of others.
    #[error("the {field} in {MANIFEST_FILE} holds characters that cannot be seen: {shown}")]
    Deceptive {
        /// Which text.
        field: &'static str,
        /// What it says, escaped.
        shown: String,
    },
    /// What is installed under the name cannot be looked at.
    #[error(transparent)]
    Library(#[from] Box<LibraryError>),
}

impl ReviewError {
    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Bundle(_) => "choose a plugin's folder that holds plain files and folders alone",
            Self::Open { .. } => "look whether the file is there and may be read",
            Self::NotAFile(_) => "choose a zip file, or the plugin's folder as a folder",
            Self::Archive(error) => error.help(),
            Self::NoManifest => {
                "pack the folder that holds aether-plugin.json, with nothing beside it"
            }
            Self::ManifestTooLarge | Self::Manifest(_) => "have its author mend the manifest",
            Self::NoName => "have its author add \"name\" to the manifest",
            Self::Name(_) => "have its author choose another name",
            Self::Deceptive { .. } => {
                "do not install it unless its author writes the text without them"
            }
            Self::Library(error) => error.help(),
        }
    }
}

/// Why something is not done. What was there is there still.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LibraryError {
    /// Another process has the library open.
    #[error("the library {} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The folder holds something else.
    #[error("{} holds other things than a library of plugins", .0.display())]
    NotALibrary(PathBuf),
    /// A folder of the library is not one.
    #[error("{} is not a folder of the library's own", .0.display())]
    NotItsOwn(PathBuf),
    /// The system's error.
    #[error("cannot {act} {}: {error}", .path.display())]
    Io {
        /// What was to be done.
        act: &'static str,
        /// With what.
        path: PathBuf,
        /// The system's error.
        error: io::Error,
    },
    /// The index cannot be used.
    #[error("the index {} cannot be used: {problem}", .path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// Why.
        problem: IndexProblem,
    },
    /// No such plugin is installed.
    #[error("there is no installed plugin {}", quoted(.0))]
    Unknown(String),
    /// A person disabled it.
    #[error("the plugin {} is disabled", quoted(.0.as_str()))]
    Disabled(PluginName),
    /// No update waits, or another one than was reviewed.
    #[error("no update of {} with the digest {digest} waits", quoted(.name.as_str()))]
    NotWaiting {
        /// The plugin.
        name: PluginName,
        /// The digest that was given.
        digest: Digest,
    },
    /// Rights that the plugin requires were refused.
    #[error("{} is not installed: it requires what was refused: {}", quoted(.name.as_str()), listed(.rights))]
    Refused {
        /// The plugin.
        name: PluginName,
        /// The rights.
        rights: Vec<Right>,
    },
    /// A person has to answer first.
    #[error("{} asks for what a person has to agree to", quoted(.0.as_str()))]
    NotAnswered(PluginName),
    /// The plugin does not ask for the right.
    #[error("{} does not ask for {right}", quoted(.name.as_str()))]
    NotAsked {
        /// The plugin.
        name: PluginName,
        /// The right.
        right: Right,
    },
    /// The plugin cannot do without the right.
    #[error("{} cannot do without {right}", quoted(.name.as_str()))]
    Required {
        /// The plugin.
        name: PluginName,
        /// The right.
        right: Right,
    },
    /// Another granted right permits the same.
    #[error("{right} is permitted to {} by {} too", quoted(.name.as_str()), listed(.by))]
    Covered {
        /// The plugin.
        name: PluginName,
        /// The right.
        right: Right,
        /// What permits it.
        by: Vec<Right>,
    },
    /// Its files have to be put anew, and it runs.
    #[error("the files of {} are held by a running plugin", quoted(.0.as_str()))]
    Busy(PluginName),
    /// Its files are not those that were installed.
    #[error("the files of {} are not those that were installed", quoted(.0.as_str()))]
    Changed(PluginName),
    /// The file system gives back other files than were written.
    #[error("this file system cannot keep the files of {} as they are", quoted(.0.as_str()))]
    NotKept(PluginName),
    /// Too many plugins.
    #[error("the library holds {MAX_PLUGINS} plugins already")]
    Full,
}

impl LibraryError {
    pub(crate) fn io(act: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { act, path: path.to_owned(), error }
    }

    /// What to do.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::InUse(_) => "close the other window or program of this app, and try again",
            Self::NotALibrary(_) => "choose a new or empty folder",
            Self::NotItsOwn(_) => "look who put a file or link there; remove it if it is nobody's",
            Self::Io { .. } => "look whether the disk is full or may not be written to",
            Self::Index { .. } => {
                "move the folder away to begin anew; what was granted is in the index, and nowhere else"
            }
            Self::Unknown(_) => "list the installed plugins",
            Self::Disabled(_) => "enable it first",
            Self::NotWaiting { .. } => "review what waits now",
            Self::Refused { .. } => "grant what it requires, or do without the plugin",
            Self::NotAnswered(_) => "show the review to a person, and pass their answers",
            Self::NotAsked { .. } => "take the rights from the review or the list",
            Self::Required { .. } => "disable or uninstall the plugin",
            Self::Covered { .. } => "revoke the wider right",
            Self::Busy(_) => "stop the plugin, and try again",
            Self::Changed(_) => "install the plugin again",
            Self::NotKept(_) => {
                "have its author rename files whose names differ in case or accents alone, or that Windows reserves"
            }
            Self::Full => "uninstall a plugin that is not used",
        }
    }
}

/// What is wrong with the index.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexProblem {
    /// Longer than [`MAX_INDEX`].
    #[error("it is longer than {} MiB", MAX_INDEX >> 20)]
    TooLarge,
    /// Not the JSON that is written there.
    #[error("{0}")]
    Syntax(#[from] serde_json::Error),
    /// Written by another version of Aether.
    #[error("it has version {0}, which this Aether does not read")]
    Version(u32),
}
