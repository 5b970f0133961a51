//! The index: which plugins are installed, and what was granted to them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use aether_manifest::{MANIFEST_FILE, Permission, PluginName};
use aether_source::Source;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::limits::MAX_INDEX;
use crate::right;
use crate::state::{Plugin, State, Version};
use crate::{IndexProblem, LibraryError, Right, sys};

/// The format's version; another one is refused rather than guessed at.
const VERSION: u32 = 1;

const FILE: &str = "index.json";
const NEXT: &str = "index.json.next";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u32,
    plugins: BTreeMap<String, StoredPlugin>,
}

/// The entry of one plugin.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredPlugin {
    enabled: bool,
    current: StoredVersion,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waiting: Option<StoredVersion>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredVersion {
    digest: String,
    manifest: String,
    /// Kind and entry.
    granted: BTreeSet<(String, String)>,
    places: BTreeSet<(String, String)>,
    installed: Timestamp,
    agreed: Timestamp,
}

/// Where it is.
pub(crate) fn file(root: &Path) -> PathBuf {
    root.join(FILE)
}

/// Reads it; nothing where there is none.
pub(crate) fn read(root: &Path) -> Result<Option<State>, LibraryError> {
    let path = file(root);
    let mut bytes = Vec::new();
    let file = match File::open(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        other => other.map_err(LibraryError::io("read", &path))?,
    };
    file.take(MAX_INDEX + 1).read_to_end(&mut bytes).map_err(LibraryError::io("read", &path))?;
    let parsed =
        if bytes.len() as u64 > MAX_INDEX { Err(IndexProblem::TooLarge) } else { parse(&bytes) };
    parsed.map(Some).map_err(|problem| LibraryError::Index { path, problem })
}

/// Replaces it in one step that lasts.
pub(crate) fn write(root: &Path, state: &State) -> Result<(), LibraryError> {
    let (path, next) = (file(root), root.join(NEXT));
    let problem = |problem| LibraryError::Index { path: path.clone(), problem };
    let text = serde_json::to_vec_pretty(&stored(state)).map_err(|error| problem(error.into()))?;
    if text.len() as u64 > MAX_INDEX {
        return Err(problem(IndexProblem::TooLarge));
    }
    let write = || {
        let mut file = sys::private_file(&next)?;
        file.write_all(&text)?;
        file.sync_all()
    };
    write().map_err(LibraryError::io("write", &next))?;
    fs::rename(&next, &path).map_err(LibraryError::io("replace", &path))?;
    sys::sync_folder(root).map_err(LibraryError::io("sync", root))
}

fn stored(state: &State) -> Stored {
    let version = |version: &Version| StoredVersion {
        digest: version.digest.to_string(),
        manifest: version.manifest.source.text().to_owned(),
        granted: version
            .granted
            .iter()
            .map(|right| (right.permission.as_str().to_owned(), right.resource.clone()))
            .collect(),
        places: version.places.clone(),
        installed: version.installed,
        agreed: version.agreed,
    };
    let plugins = state.plugins.iter().map(|(name, plugin)| {
        let stored = StoredPlugin {
            enabled: plugin.enabled,
            current: version(&plugin.current),
            waiting: plugin.waiting.as_ref().map(version),
        };
        (name.to_string(), stored)
    });
    let unreadable = state.unreadable.iter().map(|(name, stored)| (name.clone(), stored.clone()));
    Stored { version: VERSION, plugins: unreadable.chain(plugins).collect() }
}

fn parse(bytes: &[u8]) -> Result<State, IndexProblem> {
    let stored: Stored = serde_json::from_slice(bytes)?;
    if stored.version != VERSION {
        return Err(IndexProblem::Version(stored.version));
    }
    let mut state = State::default();
    for (text, plugin) in stored.plugins {
        match checked(&text, &plugin) {
            Some((name, plugin)) => drop(state.plugins.insert(name, plugin)),
            None => drop(state.unreadable.insert(text, plugin)),
        }
    }
    Ok(state)
}

/// Nothing where another version of Aether wrote what this one does not read, or somebody changed it.
fn checked(name: &str, stored: &StoredPlugin) -> Option<(PluginName, Plugin)> {
    let name = PluginName::parse(name).ok()?;
    let current = version(&name, &stored.current)?;
    let waiting = match &stored.waiting {
        Some(waiting) => Some(version(&name, waiting)?),
        None => None,
    };
    Some((name, Plugin { enabled: stored.enabled, current, waiting }))
}

fn version(name: &PluginName, stored: &StoredVersion) -> Option<Version> {
    let manifest =
        aether_manifest::parse(Source::new(MANIFEST_FILE, stored.manifest.as_str())).ok()?;
    if manifest.name.as_ref().map(|name| &name.value) != Some(name) {
        return None;
    }
    let asked = right::all(&manifest.permissions);
    let mut granted = BTreeSet::new();
    for (permission, resource) in &stored.granted {
        let right = Right::new(Permission::from_name(permission)?, resource.as_str());
        // A right that the manifest does not ask for was never shown to anybody.
        if !asked.contains(&right) {
            return None;
        }
        granted.insert(right);
    }
    let (installed, agreed) = (stored.installed, stored.agreed);
    let digest = stored.digest.parse().ok()?;
    Some(Version { digest, manifest, granted, places: stored.places.clone(), installed, agreed })
}
