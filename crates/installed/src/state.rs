//! What the library knows of its plugins, in checked types.

use std::collections::{BTreeMap, BTreeSet};

use aether_bundle::Digest;
use aether_manifest::{Manifest, Permissions, PluginName};
use aether_policy::grant::{Identity, Mount};
use jiff::Timestamp;

use crate::index::StoredPlugin;
use crate::{Right, difference, right};

/// Everything that is installed.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) plugins: BTreeMap<PluginName, Plugin>,
    /// Entries that cannot be read, as they stand: one of them is no reason to lose the others, nor to
    /// forget it.
    pub(crate) unreadable: BTreeMap<String, StoredPlugin>,
}

/// One plugin.
#[derive(Clone, Debug)]
pub(crate) struct Plugin {
    /// Whether it may be started.
    pub(crate) enabled: bool,
    /// What is started.
    pub(crate) current: Version,
    /// An update that asks for more, and that nobody accepted yet. Nothing of it is granted.
    pub(crate) waiting: Option<Version>,
}

/// One version of it.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) digest: Digest,
    /// Kept here as well as in its folder: what was agreed to does not depend on what became of files.
    pub(crate) manifest: Manifest,
    pub(crate) granted: BTreeSet<Right>,
    /// Where the review's places led when a person agreed: what was agreed to in one folder is not
    /// agreed to in another.
    pub(crate) places: BTreeSet<Place>,
    pub(crate) installed: Timestamp,
    pub(crate) agreed: Timestamp,
}

/// A folder of the host, and where the plugin sees it.
pub(crate) type Place = (String, String);

/// The folders that are not what the plugin's names for them say.
pub(crate) fn places(mounts: &[Mount]) -> BTreeSet<Place> {
    let moved = mounts.iter().filter(|mount| mount.host != mount.root.as_str());
    moved.map(|mount| (mount.root.as_str().to_owned(), mount.host.clone())).collect()
}

/// A bundle as a decision names it.
pub(crate) fn identity(name: &PluginName, manifest: &Manifest, digest: &Digest) -> Identity {
    Identity {
        name: name.to_string(),
        version: difference::version(manifest).to_owned(),
        digest: digest.to_string(),
    }
}

impl Plugin {
    pub(crate) fn versions(&self) -> impl Iterator<Item = &Version> {
        [&self.current].into_iter().chain(&self.waiting)
    }
}

impl Version {
    /// What was granted, in the form in which a host takes it.
    pub(crate) fn permissions(&self) -> Permissions {
        right::narrowed(&self.manifest.permissions, &self.granted)
    }

    /// What it asked for and was not granted.
    pub(crate) fn refused(&self) -> Vec<Right> {
        let mut all = right::all(&self.manifest.permissions);
        all.retain(|right| !self.granted.contains(right));
        all
    }

    pub(crate) fn version(&self) -> &str {
        difference::version(&self.manifest)
    }

    pub(crate) fn identity(&self, name: &PluginName) -> Identity {
        identity(name, &self.manifest, &self.digest)
    }
}

impl State {
    /// Whether a folder of this name and digest belongs to the library.
    pub(crate) fn knows(&self, name: &PluginName, digest: &Digest) -> bool {
        let plugin = self.plugins.get(name);
        plugin.is_some_and(|plugin| plugin.versions().any(|version| version.digest == *digest))
    }
}
